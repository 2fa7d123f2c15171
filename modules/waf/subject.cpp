#include "modules/waf/subject.h"

#include <utility>

namespace ravelin::waf {
namespace {

std::string text_of(const Address& address) { return address.is_none() ? "0.0.0.0" : address.to_string(); }

std::string uri_of(const RequestHead& head) {
  std::string uri(head.path);
  if (head.has_query) uri.append("?").append(head.query);
  return uri;
}

bool may_have_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

// The framing fields as an origin gets them: rules look at them, RequestHead has them apart.
void add_framing(const RequestHead& head, std::vector<Subject::Line>& fields) {
  switch (head.body) {
    case BodyKind::sized: fields.push_back({"content-length", std::to_string(head.body_size)}); return;
    case BodyKind::none:
      if (may_have_body(head.method)) fields.push_back({"content-length", "0"});
      return;
    case BodyKind::streamed:
    case BodyKind::until_close:
      if (head.version != Version::http2) fields.push_back({"transfer-encoding", "chunked"});
      return;
  }
}

bool has_encoded_question_mark(std::string_view path) {
  for (std::size_t at = path.find("%3"); at != std::string_view::npos; at = path.find("%3", at + 1))
    if (at + 2 < path.size() && (path[at + 2] == 'F' || path[at + 2] == 'f')) return true;
  return false;
}

Rejection malformed(std::string reason, std::string detail) {
  Rejection rejection;
  rejection.status = 400;
  rejection.reason = std::move(reason);
  rejection.detail = std::move(detail);
  return rejection;
}

}  // namespace

Subject::Subject(const Exchange& exchange)
    : id(exchange.id()),
      client(text_of(exchange.peer().client)),
      client_port(exchange.peer().address.port),
      server_port(exchange.request().scheme == "https" ? 443 : 80),
      uri(uri_of(exchange.request())),
      method(exchange.request().method),
      version(to_string(exchange.request().version)) {
  const RequestHead& head = exchange.request();
  fields.reserve(head.fields.size() + 2);
  fields.push_back({"host", std::string(head.authority)});
  for (const Field& field : head.fields) fields.push_back({std::string(field.name), std::string(field.value)});
  add_framing(head, fields);
  if (head.body != BodyKind::none) format = format_of(head.fields.find("content-type").value_or(""));
}

Load load_of(const RequestHead& head, std::string_view body) {
  const std::string_view type = head.fields.find("content-type").value_or("");
  Load load{head.path.size() + head.query.size() + body.size(), 0, 0};
  load.arguments = count_pairs(head.query) + count_arguments(format_of(type), body, type);
  for (const Field& field : head.fields) {
    load.bytes += field.name.size() + field.value.size();
    if (field.name == "cookie") load.cookies += count_cookies(field.value);
  }
  return load;
}

std::optional<Rejection> blind_spot(const RequestHead& head) {
  // CVE-2024-1019: 3.0.9 decodes first and splits off the query then.
  if (has_encoded_question_mark(head.path))
    return malformed("waf:encoded_question_mark", "the path has an encoded '?', behind which rules would not look");
  // What follows a '#' is not in the variables that rules look at.
  if (head.path.find('#') != std::string_view::npos || head.query.find('#') != std::string_view::npos)
    return malformed("waf:fragment", "the target has a '#', behind which rules would not look");
  if (head.fields.count("content-type") > 1)
    return malformed("waf:content_type", "there is more than one Content-Type; which one holds is anyone's guess");
  return std::nullopt;
}

}  // namespace ravelin::waf
