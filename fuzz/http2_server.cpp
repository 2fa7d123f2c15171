// The server side of HTTP/2 against any bytes. Input: one byte of options, then frames; the preface is
// put before them. Checked: every owner hears one ending, the law of credit, the limit on streams, that
// heads held stay in proportion to what was sent, that no block is lost, and that cutting the bytes
// elsewhere makes the same events.

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "base/buffer.h"
#include "http/codec.h"
#include "http2_peer.h"

namespace {

using namespace ravelin;
using namespace ravelin::http;
using namespace ravelin::http::fuzz;

constexpr std::string_view preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);

enum Option : std::uint8_t {
  answers = 1,
  consumes = 2,
  resets = 4,
  without_preface = 8,
  shuts_down = 16,
  has_small_limits = 32
};

class Owner final : public StreamEvents {
 public:
  Owner(Stream stream, std::unique_ptr<RequestHead> head, std::uint8_t options, BlockPool& pool)
      : stream_(stream), head_(std::move(head)), options_(options), pool_(pool) {
    log = std::string(head_->method) + " " + std::string(head_->authority) + std::string(head_->path);
    for (const Field& field : head_->fields) log.append("\n").append(field.name).append(": ").append(field.value);
  }

  void on_response_head(std::unique_ptr<ResponseHead>) override { std::abort(); }
  void on_body(Slice bytes) override {
    require(!is_over && !has_ended_);
    held += bytes.size();
    body_ += bytes.text();
    if ((options_ & consumes) != 0) stream_.consume(std::exchange(held, 0));
  }
  void on_trailers(HeaderList& trailers) override {
    require(!is_over && !has_ended_);
    for (const Field& field : trailers) log.append("\ntrailer ").append(field.name).append(": ").append(field.value);
  }
  void on_end() override {
    require(!is_over && !has_ended_);
    has_ended_ = true;
    log += "|end " + body_;  // of a body that breaks off, pieces decide how much is seen
    if ((options_ & resets) != 0 && stream_.id() % 4 == 3) {
      is_over = true;
      stream_.reset(ResetCode::cancel);
    } else if ((options_ & answers) != 0) {
      answer();
    }
  }
  void on_sent(std::size_t) override { require(!is_over); }
  void on_closed() override { finish("|closed"); }
  void on_reset(const Error& error) override { finish("|" + std::string(error.code)); }

  std::string log;
  std::size_t held = 0;
  bool is_over = false;
  std::size_t head_size() const { return head_->arena.used(); }

 private:
  void answer() const {
    ResponseHead response;
    response.status = 200;
    response.body = BodyKind::streamed;
    response.fields.add("content-type", "text/plain");
    stream_.send_head(response, false);
    Chain body(pool_);
    body.append(std::string(3000, 'x'));
    stream_.send_body(std::move(body), false);
    stream_.send_trailers(response.fields);
  }
  void finish(const std::string& how) {
    require(!is_over);
    is_over = true;
    log += how;
  }

  Stream stream_;
  std::unique_ptr<RequestHead> head_;
  std::uint8_t options_;
  BlockPool& pool_;
  std::string body_;
  bool has_ended_ = false;
};

class Connection final : public Peer<Owner> {
 public:
  explicit Connection(std::uint8_t options) : Peer(options, limits(options)) {
    codec_ = make_http2_server(*this, pool_, limits_, "https");
  }

  StreamEvents* on_request(Stream stream, std::unique_ptr<RequestHead> head) override {
    require(head->method.size() > 0 && head->path.size() > 0 && head->host.size() > 0);
    return add(stream, std::move(head));
  }
  StreamEvents* on_bad_request(Stream stream, std::unique_ptr<RequestHead> head, const Error& error) override {
    require(error.status >= 400);
    for (const Field& field : head->fields) require(field.name == "content-type" && &field == &*head->fields.begin());
    return add(stream, std::move(head));
  }

 private:
  static Limits limits(std::uint8_t options) {
    Limits limits;
    if ((options & has_small_limits) == 0) return limits;
    limits.head = 512;
    limits.fields = 6;
    limits.uri = 64;
    limits.streams = 3;
    limits.requests = 5;
    return limits;
  }
  StreamEvents* add(Stream stream, std::unique_ptr<RequestHead> head) {
    owners_.push_back(std::make_unique<Owner>(stream, std::move(head), options_, pool_));
    return owners_.back().get();
  }
  void go_on() override {
    if ((options_ & (answers | shuts_down)) == 0) return;
    produce();
    if ((options_ & shuts_down) != 0) codec_->shut_down();
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0 || size > 100'000) return 0;
  // What is produced in between opens streams and windows: then pieces matter.
  run_in_pieces<Connection>({reinterpret_cast<const char*>(data), size}, preface, without_preface,
                            answers | shuts_down);
  return 0;
}
