#include "http/http1/client_codec.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <string>
#include <utility>

#include "http/fields.h"
#include "http/framing_rules.h"

namespace ravelin::http {

std::unique_ptr<Codec> make_http1_client(CodecEvents& events, BlockPool& pool, const Limits& limits) {
  return std::make_unique<http1::ClientCodec>(events, pool, limits);
}

}  // namespace ravelin::http

namespace ravelin::http::http1 {

namespace {

// RFC 9110 section 8.6: methods whose content has a meaning say so even if there is none.
Framed framed(const RequestHead& head) {
  switch (head.body) {
    case BodyKind::none:
      if (head.method == "POST" || head.method == "PUT" || head.method == "PATCH") return {Coding::sized, 0};
      return {};
    case BodyKind::sized: return {Coding::sized, head.body_size};
    default: return {Coding::chunked, 0};
  }
}

// Whether the origin may take who has said so for whoever comes over the same connection (RFC 4559, and what NTLM
// does).
bool binds_connection(const HeaderList& fields, std::string_view name) {
  return std::any_of(fields.begin(), fields.end(), [&](const Field& field) {
    return field.name == name && (equals_ignoring_case(field.value.substr(0, 4), "ntlm") ||
                                  equals_ignoring_case(field.value.substr(0, 9), "negotiate"));
  });
}

}  // namespace

Stream ClientCodec::open(StreamEvents& owner) {
  assert(may_open());
  owner_ = &owner;
  reading_ = Reading::head;
  interim_ = 0;
  interim_bytes_ = 0;
  has_seen_response_ = false;
  may_persist_ = false;
  return Stream(*this, ++id_);
}

void ClientCodec::send_head(StreamId id, const RequestHead& head, bool is_end) {
  if (!is_current(id) || writer_.has_begun()) return;
  method_ = head.method == "HEAD" ? "HEAD" : "";
  protocol_ = head.protocol;
  is_bound_ = binds_connection(head.upstream_fields(), "authorization");
  const Framed frame = framed(head);
  write_request_head(writer_.head(), head, frame);
  writer_.begin(frame);
  if (is_end && !writer_.end()) return fail_sending();
  events_.on_wake();
}

Result<std::size_t> ClientCodec::read_head(std::string_view text) {
  if (!writer_.is_head_out()) {
    Error early = upstream_error("upstream:unsolicited", "the upstream sent bytes before any request");
    early.is_retryable = true;  // it has not seen this one
    cut(early);
    return early;
  }
  has_seen_response_ = true;
  auto read = reader_.read(text, method_);
  if (!read) return fail(std::move(read).error());
  if (!*read) return std::size_t{0};
  const std::size_t size = reader_.size();
  if (auto admitted = admit(size, size < text.size()); !admitted) return admitted;
  return size;
}

Result<std::size_t> ClientCodec::admit(std::size_t size, bool has_surplus) {
  std::unique_ptr<ResponseHead> head = reader_.take();
  const int status = head->status;
  if (status == 101) return switch_protocols(std::move(head));
  if (status < 200) {
    interim_bytes_ += size;
    if (++interim_ > most_interim || interim_bytes_ > limits_.head)
      return fail(upstream_error("", "the upstream sends no end of interim responses"));
    owner_->on_response_head(std::move(head));
    return std::size_t{0};
  }
  is_bound_ = is_bound_ || (status == 401 && binds_connection(head->fields, "www-authenticate"));
  may_persist_ = reader_.may_persist() && head->body != BodyKind::until_close && !is_shutting_down_ && !is_bound_;
  begin_body(has_no_body(status, method_) ? BodyKind::none : head->body, head->body_size, head->arena, reader_.named());
  owner_->on_response_head(std::move(head));
  if (reading_ == Reading::ended) end_message(has_surplus);
  return std::size_t{0};
}

// What follows are not messages any more, but only if it is what was asked for.
Result<std::size_t> ClientCodec::switch_protocols(std::unique_ptr<ResponseHead> head) {
  if (protocol_.empty() || !writer_.is_done() || !equals_ignoring_case(reader_.upgrade(), protocol_)) {
    const Error error =
        upstream_error("upstream:unexpected_101", "the upstream switches to a protocol that it was not asked for");
    cut(error);
    return error;
  }
  may_persist_ = false;
  writer_.restart();
  begin_tunnel();
  owner_->on_response_head(std::move(head));
  return std::size_t{0};
}

// Bytes behind a response are nobody's: the connection is not used again, and they are not looked at.
Result<std::size_t> ClientCodec::read_surplus(std::string_view text) {
  may_persist_ = false;
  if (reading_ == Reading::ended) return text.size();
  reading_ = Reading::closed;
  events_.on_wake();
  return upstream_error("upstream:unsolicited", "the upstream sent bytes on an idle connection");
}

void ClientCodec::end_message(bool has_surplus) {
  reading_ = Reading::ended;
  if (has_surplus || !writer_.is_done()) may_persist_ = false;
  owner_->on_end();
  settle();
}

// From inside receive(), receive_end() or produce(), whose caller looks for what that changes.
void ClientCodec::settle() {
  if (owner_ == nullptr || reading_ != Reading::ended || !writer_.is_done()) return;
  StreamEvents* const owner = std::exchange(owner_, nullptr);
  reading_ = may_persist_ ? Reading::idle : Reading::closed;
  writer_.restart();
  owner->on_closed();
}

void ClientCodec::give_up() {
  is_cut_ = !is_tunnel();
  reading_ = Reading::closed;
  writer_.restart();
}

// Of a request that has not left by a byte the origin knows nothing.
void ClientCodec::stop() {
  if (writer_.is_head_out() || reading_ != Reading::head || is_shutting_down_) return give_up();
  writer_.restart();
  reading_ = Reading::idle;
}

Error ClientCodec::blame(Error error) const { return as_bad_response(std::move(error)); }

// RFC 9112 section 8. Only a request of which no answer has been seen may be made again: a connection
// closed by the origin at the moment it was reused.
void ClientCodec::receive_end() {
  Error closed = upstream_error("upstream:closed", "the upstream closed the connection before the exchange was over");
  switch (reading_) {
    case Reading::idle:
    case Reading::closed: reading_ = Reading::closed; return events_.on_wake();
    case Reading::head: closed.is_retryable = !has_seen_response_; break;
    case Reading::body:
      if (!body_.ends_by_close())
        return cut(upstream_error("upstream:truncated", "the upstream closed amid a response"));
      end_message(false);
      if (is_tunnel()) return;  // what is said to it may still arrive
      break;
    case Reading::ended: break;
  }
  if (owner_ != nullptr) cut(closed);
}

// Who has cut its stream wants nothing more.
std::size_t ClientCodec::room() const { return owner_ == nullptr ? limits_.window : owner_->room(); }

std::size_t ClientCodec::read_budget() const {
  switch (reading_) {
    case Reading::head: return at_once(std::min(limits_.window, room()));
    case Reading::body: return at_once(std::min(credit(), room()));
    case Reading::closed: return 0;
    default: return std::min(limits_.window, limits_.head);  // to see it close
  }
}

void ClientCodec::shut_down() {
  is_shutting_down_ = true;
  may_persist_ = false;
  if (reading_ == Reading::idle) reading_ = Reading::closed;
  events_.on_wake();
}

}  // namespace ravelin::http::http1
