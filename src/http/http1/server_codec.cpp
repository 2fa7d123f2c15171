#include "http/http1/server_codec.h"

#include <algorithm>
#include <utility>

#include "http/framing_rules.h"

namespace ravelin::http {

std::unique_ptr<Codec> make_http1_server(CodecEvents& events, BlockPool& pool, const Limits& limits,
                                         std::string_view scheme) {
  return std::make_unique<http1::ServerCodec>(events, pool, limits, scheme == "https" ? "https" : "http");
}

}  // namespace ravelin::http

namespace ravelin::http::http1 {

namespace {

// RFC 9112 section 2.2: a client may send a CRLF too many after a body; more than a few is no client.
constexpr unsigned most_blank_lines = 4;

}  // namespace

Result<std::size_t> ServerCodec::read_head(std::string_view text) {
  if (text == "\r") return std::size_t{0};
  if (text.substr(0, 2) == "\r\n" && blank_lines_ < most_blank_lines) {
    ++blank_lines_;
    return std::size_t{2};
  }
  auto read = reader_.read(text);
  if (!read) {
    refuse(read.error());
    return text.size();
  }
  if (!*read) return std::size_t{0};
  const std::size_t size = reader_.size();
  admit();
  return size;
}

void ServerCodec::begin_exchange(const RequestHead& head) {
  ++id_;
  blank_lines_ = 0;
  answer_ = Answer::awaited;
  is_head_request_ = head.method == "HEAD";
  is_http10_ = head.version == Version::http10;
  awaits_continue_ = head.expects_continue;
  protocol_ = head.protocol;
}

// The owner may answer, or reset the stream, before it is known here: from inside on_request.
void ServerCodec::admit() {
  may_persist_ = reader_.may_persist() && !is_shutting_down_;
  std::unique_ptr<RequestHead> head = reader_.take();
  begin_exchange(*head);
  if (id_ >= limits_.requests) may_persist_ = false;
  begin_body(head->body, head->body_size, head->arena, reader_.named());
  const StreamId id = id_;
  StreamEvents* const owner = events_.on_request(Stream(*this, id), std::move(head));
  if (!is_current(id)) return;
  owner_ = owner;
  if (reading_ == Reading::ended) owner->on_end();
}

// Nothing more is read: where the next request would begin is not known.
void ServerCodec::refuse(const Error& error) {
  std::unique_ptr<RequestHead> head = reader_.take();
  head->fields.remove_if([](const Field&) { return true; });
  head->body = BodyKind::none;
  head->body_size = 0;
  head->expects_continue = false;
  begin_exchange(*head);
  may_persist_ = false;
  reading_ = Reading::closed;
  const StreamId id = id_;
  StreamEvents* const owner = events_.on_bad_request(Stream(*this, id), std::move(head), error);
  if (!is_current(id)) return;
  owner_ = owner;
  owner->on_end();
}

bool ServerCodec::refuse_head(const Error& error) {
  if (!is_reading_head()) return false;
  refuse(error);
  return true;
}

void ServerCodec::end_message(bool) {
  reading_ = Reading::ended;
  owner_->on_end();
}

void ServerCodec::send_head(StreamId id, const ResponseHead& head, bool is_end) {
  if (!is_current(id) || answer_ == Answer::started) return;
  if (head.status == 101) return switch_protocols(head);
  if (head.status < 200) return send_interim(head);
  const Framed frame = framed(head);
  const Persist persist = decide_persist(head, frame, is_end);
  write_response_head(writer_.head(), head, frame, persist);
  writer_.begin(frame);
  answer_ = Answer::started;
  if (is_end && !writer_.end()) return fail_sending();
  events_.on_wake();
}

// Only to what was asked for: anything else the client would take for HTTP.
void ServerCodec::switch_protocols(const ResponseHead& head) {
  if (protocol_.empty() || reading_ != Reading::ended) return fail_sending();
  write_switch_head(writer_.head(), head, protocol_);
  answer_ = Answer::started;
  may_persist_ = false;
  begin_tunnel();
  events_.on_wake();
}

// RFC 9110 section 15.2: HTTP/1.0 knows no interim responses.
void ServerCodec::send_interim(const ResponseHead& head) {
  if (is_http10_) return;
  if (head.status == 100) awaits_continue_ = false;
  write_response_head(writer_.head(), head, Framed(), Persist::implied);
  events_.on_wake();
}

// RFC 9112 section 6.
Framed ServerCodec::framed(const ResponseHead& head) const {
  if (has_no_body(head.status, is_head_request_ ? "HEAD" : "")) {
    const bool is_announced = head.body == BodyKind::sized && head.status != 204;
    return is_announced ? Framed{Coding::announced, head.body_size} : Framed();
  }
  switch (head.body) {
    case BodyKind::none: return {Coding::sized, 0};
    case BodyKind::sized: return {Coding::sized, head.body_size};
    default: return {is_http10_ ? Coding::until_close : Coding::chunked, 0};
  }
}

// RFC 9112 section 9.3. A request that is answered before its body has been read, and whose sender
// may as well leave the body out now, leaves it unclear what the next bytes are.
Persist ServerCodec::decide_persist(const ResponseHead& head, const Framed& framed, bool is_end) {
  // What has a length is no conversation with the request.
  const bool is_whole = is_end || framed.coding == Coding::sized;
  const bool is_early = reading_ == Reading::body && (is_whole || head.status >= 400 || awaits_continue_);
  if (is_early || framed.coding == Coding::until_close) may_persist_ = false;
  if (!may_persist_) return Persist::close;
  return is_http10_ ? Persist::keep_alive : Persist::implied;
}

// The response has been produced whole. If the request has not come whole the connection ends. The caller of
// produce() looks for what that changes.
void ServerCodec::settle() {
  if (answer_ != Answer::started || !writer_.is_done()) return;
  StreamEvents* const owner = std::exchange(owner_, nullptr);
  reading_ = reading_ == Reading::ended && may_persist_ ? Reading::head : Reading::closed;
  answer_ = Answer::none;
  writer_.restart();
  owner->on_closed();
}

void ServerCodec::give_up() {
  reading_ = Reading::closed;
  answer_ = Answer::none;
  writer_.restart();
}

// What was given before the cut still goes out, so that the client sees a response that was cut and
// not a connection that closed without a word.
void ServerCodec::stop() {
  is_cut_ = !is_tunnel() && writer_.is_until_close() && writer_.has_begun() && !writer_.has_ended();
  reading_ = Reading::closed;
  answer_ = Answer::none;
}

// A client that closes while its request is answered has gone: what works for it can stop. One that
// closes only its own side cannot be told apart. What is given whole still goes out.
void ServerCodec::receive_end() {
  if (is_tunnel()) {
    // Without credit this is not the end of what came, but a look at the socket. And it may come twice: TLS
    // ends before TCP does.
    if (reading_ == Reading::body && credit() > 0) end_message(false);
    return;
  }
  if (answer_ != Answer::none && !writer_.has_ended())
    return cut(Error{"client:closed", "the client closed the connection before the response was whole", Side::client});
  reading_ = Reading::closed;
  events_.on_wake();
}

// The law of credit (architecture, invariant of memory): no read may bring more body than the window
// has left, whatever else is in it.
std::size_t ServerCodec::read_budget() const {
  switch (reading_) {
    case Reading::head: return held_.is_empty() || is_head_begun() ? at_once(limits_.window) : 0;
    case Reading::body: return at_once(credit());
    case Reading::ended: return held_.is_empty() ? std::min(limits_.window, limits_.head) : 0;
    default: return 0;
  }
}

void ServerCodec::shut_down() {
  is_shutting_down_ = true;
  may_persist_ = false;
  if (is_idle()) reading_ = Reading::closed;
  events_.on_wake();
}

bool ServerCodec::wants_close() const {
  return reading_ == Reading::closed && answer_ == Answer::none && !writer_.has_output();
}

}  // namespace ravelin::http::http1
