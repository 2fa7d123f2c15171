#include "http/http2/fields_out.h"

#include <charconv>

#include "http/fields.h"

namespace ravelin::http::http2 {

namespace {

// A request's own id never comes again. In the dynamic table it would take the place of what does, on both
// sides of the connection and for the price of two allocations.
std::uint8_t flags_of(const Field& field) {
  return field.is_never_indexed || field.name == "x-request-id" ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
}

std::uint8_t* bytes(std::string_view text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));  // nghttp2 only reads
}

// RFC 9110 section 8.6: never with 1xx and 204.
bool may_have_length(int status) { return status >= 200 && status != 204; }

}  // namespace

FieldsOut::FieldsOut(const ResponseHead& head) {
  reserve(head.fields.size() + 2);
  const int status = head.status == 101 ? 200 : head.status;  // a tunnel (RFC 8441 section 5)
  std::to_chars(status_.data(), status_.data() + status_.size(), status);
  add({":status", {status_.data(), status_.size()}});
  add_all(head.fields);
  if (head.body == BodyKind::sized && may_have_length(head.status)) add_length(head.body_size);
}

// TE is the connection's: the gateway takes trailers, which gRPC depends on (RFC 9113 section 8.2.2), for clients that
// may have them. The
// key of a WebSocket is of HTTP/1.1 only (RFC 8441 section 5).
FieldsOut::FieldsOut(const RequestHead& head) {
  const HeaderList& fields = head.upstream_fields();
  reserve(fields.size() + 8);
  const bool is_tunnel = !head.protocol.empty();
  add({":method", is_tunnel ? "CONNECT" : head.method});
  if (is_tunnel) add({":protocol", head.protocol});
  add({":scheme", head.scheme});
  add({":authority", head.authority.empty() ? head.host : head.authority});
  const Target target = head.upstream_target();
  if (target.has_query) path_.append(target.path).append("?").append(target.query);
  add({":path", target.has_query ? std::string_view(path_) : target.path});
  for (const Field& field : fields) {
    const bool is_key = is_tunnel && field.name == "sec-websocket-key";
    if (!is_owned(field.name) && !is_key && field.name != "expect") add(field);
  }
  if (head.version != Version::http10) add({"te", "trailers"});
  if (head.expects_continue) add({"expect", "100-continue"});
  if (head.body == BodyKind::sized) add_length(head.body_size);
}

FieldsOut::FieldsOut(const HeaderList& fields) {
  reserve(fields.size());
  add_all(fields);
}

void FieldsOut::reserve(std::size_t size) {
  if (size > few_.size()) many_.resize(size);
}

// RFC 9113 section 8.2.2: fields of the connection must not be sent. A module may have added one.
void FieldsOut::add_all(const HeaderList& fields) {
  for (const Field& field : fields)
    if (!is_owned(field.name)) add(field);
}

void FieldsOut::add_length(std::uint64_t size) {
  const char* const end = std::to_chars(length_.data(), length_.data() + length_.size(), size).ptr;
  add({"content-length", {length_.data(), static_cast<std::size_t>(end - length_.data())}});
}

void FieldsOut::add(const Field& field) {
  nghttp2_nv* const to = many_.empty() ? few_.data() : many_.data();
  to[size_++] = {bytes(field.name), bytes(field.value), field.name.size(), field.value.size(), flags_of(field)};
}

}  // namespace ravelin::http::http2
