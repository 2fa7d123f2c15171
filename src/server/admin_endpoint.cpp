#include "server/admin_endpoint.h"

#include <algorithm>
#include <utility>

#include "connection/connection.h"
#include "http/codec.h"
#include "net/tcp_transport.h"

namespace ravelin::server {

/// Call is one request and its answer, kept by its client. An Answer may outlive it: it shares the
/// call's link, which the call's end sets to null.
class AdminEndpoint::Call final : public connection::Dropped, public http::StreamEvents {
 public:
  Call(Client& client, http::Stream stream, std::unique_ptr<RequestHead> head);
  ~Call() override { *link_ = nullptr; }

  /// Waits for the body, of which the head may already say that it is too large.
  void start();
  void answer(const AdminResponse& response);

 private:
  void on_response_head(std::unique_ptr<ResponseHead>) override {}
  void on_body(Slice bytes) override;
  void on_trailers(HeaderList&) override {}
  void on_end() override;
  void on_sent(std::size_t) override {}
  void on_closed() override { end(); }
  void on_reset(const Error&) override { end(); }
  void refuse(int status, const std::string& sentence) { answer({status, "text/plain", sentence + "\n"}); }
  void end();

  enum class State : std::uint8_t { reading, handled, answered };

  Client& client_;
  http::Stream stream_;
  std::unique_ptr<RequestHead> head_;
  std::string body_;
  Timer body_deadline_;
  State state_ = State::reading;
  std::shared_ptr<Call*> link_;
};

class AdminEndpoint::Client final : public connection::Dropped, private connection::ConnectionEvents {
 public:
  Client(AdminEndpoint& endpoint, std::unique_ptr<net::Transport> transport, bool may_change)
      : endpoint_(endpoint),
        may_change_(may_change),
        connection_(endpoint.loop_, endpoint.turn_, endpoint.blocks_, std::move(transport), deadlines(), *this) {}

  void abort() { connection_.abort({"gateway:stopped", "the admin endpoint has closed", Side::local}); }
  AdminEndpoint& endpoint() { return endpoint_; }
  bool may_change() const { return may_change_; }
  void drop(Call& call) { endpoint_.turn_.drop(std::move(calls_.extract(&call).mapped())); }

 private:
  static connection::Deadlines deadlines() {
    connection::Deadlines deadlines;
    deadlines.open = deadlines.head = std::chrono::seconds(10);
    deadlines.idle = deadlines.write = std::chrono::seconds(60);
    return deadlines;
  }
  std::unique_ptr<http::Codec> on_open(connection::Connection& connection) override {
    return http::make_http1_server(connection, endpoint_.blocks_, limits_, "http");
  }
  Call& add(http::Stream stream, std::unique_ptr<RequestHead> head) {
    auto call = std::make_unique<Call>(*this, stream, std::move(head));
    Call* const key = call.get();
    calls_.emplace(key, std::move(call));
    return *key;
  }
  http::StreamEvents* on_request(http::Stream stream, std::unique_ptr<RequestHead> head) override {
    Call& call = add(stream, std::move(head));
    call.start();
    return &call;
  }
  http::StreamEvents* on_bad_request(http::Stream stream, std::unique_ptr<RequestHead> head,
                                     const Error& error) override {
    Call& call = add(stream, std::move(head));
    call.answer({error.status, "text/plain", error.message + "\n"});
    return &call;
  }
  void on_idle(connection::Connection&) override {}
  void on_gone(connection::Connection&, const Error&) override {
    endpoint_.turn_.drop(std::move(endpoint_.clients_.extract(this).mapped()));
  }

  AdminEndpoint& endpoint_;
  bool may_change_;
  http::Limits limits_;
  std::unordered_map<Call*, std::unique_ptr<Call>> calls_;
  connection::Connection connection_;
};

AdminEndpoint::Call::Call(Client& client, http::Stream stream, std::unique_ptr<RequestHead> head)
    : client_(client),
      stream_(stream),
      head_(std::move(head)),
      body_deadline_(client.endpoint().loop_, [this] { refuse(408, "the body took longer than 10 s"); }),
      link_(std::make_shared<Call*>(this)) {}

void AdminEndpoint::Call::start() {
  if (head_->body == BodyKind::none) return;
  if (head_->body == BodyKind::sized && head_->body_size > body_max) return refuse(413, "the body is above 1 MiB");
  body_deadline_.arm(body_timeout);
}

void AdminEndpoint::Call::on_body(Slice bytes) {
  stream_.consume(bytes.size());
  if (state_ != State::reading) return;
  if (body_.size() + bytes.size() > body_max) return refuse(413, "the body is above 1 MiB");
  body_.append(bytes.text());
}

// What was refused is not carried out, though its end comes as well.
void AdminEndpoint::Call::on_end() {
  body_deadline_.cancel();
  if (std::exchange(state_, State::handled) != State::reading) return;
  AdminRequest request{std::string(head_->method), std::string(head_->path), std::string(head_->query),
                       std::move(body_), client_.may_change()};
  client_.endpoint().handle_(request, [link = link_](const AdminResponse& response) {
    if (*link != nullptr) (*link)->answer(response);
  });
}

void AdminEndpoint::Call::answer(const AdminResponse& response) {
  state_ = State::answered;
  body_deadline_.cancel();
  ResponseHead head;
  head.status = response.status;
  head.body = BodyKind::sized;
  head.body_size = response.body.size();
  head.fields.add("content-type", response.content_type);
  head.fields.add_view("cache-control", "no-store");
  const bool is_bodiless = response.body.empty() || head_->method == "HEAD";
  stream_.send_head(head, is_bodiless);
  if (is_bodiless) return;
  Chain body(client_.endpoint().blocks_);
  body.append(response.body);
  stream_.send_body(std::move(body), true);
}

void AdminEndpoint::Call::end() {
  *link_ = nullptr;
  client_.drop(*this);
}

AdminEndpoint::AdminEndpoint(event::EventLoop& loop, Log& log, Handle handle)
    : loop_(loop), log_(log), handle_(std::move(handle)), turn_(loop) {
  loop.at_turn_end([this] { turn_.run(); });
}

AdminEndpoint::~AdminEndpoint() { close(); }

Result<void> AdminEndpoint::listen(const SocketAddress& address) {
  net::ListenOptions options;
  options.shares_port = false;
  options.backlog = 128;
  auto socket = net::listen_on(address, options);
  if (!socket) return std::move(socket).error();
  net::AcceptEvents& events = *this;
  listeners_.push_back(std::make_unique<net::Listener>(loop_, std::move(*socket), events));
  return listeners_.back()->resume();
}

void AdminEndpoint::on_accept(net::Socket socket, const SocketAddress& peer) {
  // Who fills those of the port, which any user of the machine may, does not close the socket's.
  const bool may_change = peer.address.is_none();
  const auto others = std::count_if(clients_.begin(), clients_.end(),
                                    [&](const auto& client) { return client.first->may_change() == may_change; });
  if (static_cast<std::size_t>(others) >= connections_max / 2) return;  // closing it is the answer
  auto client = std::make_unique<Client>(*this, net::make_tcp_transport(std::move(socket), loop_), may_change);
  Client* const key = client.get();
  clients_.emplace(key, std::move(client));
}

void AdminEndpoint::on_accept_failed(const Error& error) { log_.error("admin: " + error.message); }

void AdminEndpoint::close() {
  for (const auto& listener : listeners_) listener->close();
  std::vector<Client*> all;
  for (const auto& entry : clients_) all.push_back(entry.first);
  for (Client* const client : all) client->abort();
  turn_.run();
  turn_.bury_all();
  listeners_.clear();
}

}  // namespace ravelin::server
