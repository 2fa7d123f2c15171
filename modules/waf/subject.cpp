#include "modules/waf/subject.h"

#include <algorithm>
#include <utility>

namespace ravelin::waf {
namespace {

std::string text_of(const Address& address) { return address.is_none() ? "0.0.0.0" : address.to_string(); }

bool may_have_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

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

const plan::Request& View::look(const Exchange& exchange, std::string_view body) {
  const RequestHead& head = exchange.request();
  client_ = text_of(exchange.peer().client);
  uri_.assign(head.path);
  if (head.has_query) uri_.append("?").append(head.query);
  fields_.clear();
  if (!head.authority.empty()) fields_.push_back({"host", head.authority});
  for (const Field& field : head.fields) fields_.push_back({field.name, field.value});
  add_framing(head);
  const bool has_body = head.body != BodyKind::none;
  request_ = {.method = head.method,
              .uri = uri_,
              .version = to_string(head.version),
              .fields = fields_,
              .body = body,
              .format = has_body ? format_of(head.fields.find("content-type").value_or("")) : BodyFormat::raw,
              .client = client_,
              .client_port = exchange.peer().address.port,
              .server_port = head.scheme == "https" ? 443 : 80};
  return request_;
}

// The framing fields as an origin gets them: rules look at them, RequestHead has them apart.
void View::add_framing(const RequestHead& head) {
  switch (head.body) {
    case BodyKind::sized: length_ = std::to_string(head.body_size); break;
    case BodyKind::none:
      if (!may_have_body(head.method)) return;
      length_ = "0";
      break;
    case BodyKind::streamed:
    case BodyKind::until_close:
      if (head.version != Version::http2) fields_.push_back({"transfer-encoding", "chunked"});
      return;
  }
  fields_.push_back({"content-length", length_});
}

Subject::Subject(const plan::Request& request, std::string_view request_id)
    : id(request_id),
      client(request.client),
      client_port(request.client_port),
      server_port(request.server_port),
      uri(request.uri),
      method(request.method),
      version(request.version),
      format(request.format) {
  fields.reserve(request.fields.size());
  for (const plan::Line& line : request.fields) fields.push_back({std::string(line.name), std::string(line.value)});
}

plan::Request Subject::look(std::vector<plan::Line>& lines) const {
  lines.clear();
  for (const Line& line : fields) lines.push_back({line.name, line.value});
  return {.method = method,
          .uri = uri,
          .version = version,
          .fields = lines,
          .body = body,
          .format = format,
          .client = client,
          .client_port = client_port,
          .server_port = server_port};
}

Load load_of(const RequestHead& head, std::string_view body) {
  const std::string_view type = head.fields.find("content-type").value_or("");
  Load load{head.path.size() + head.query.size() + body.size(), std::max(head.query.size(), body.size()), 0, 0};
  load.arguments = count_pairs(head.query) + count_arguments(format_of(type), body, type);
  for (const Field& field : head.fields) {
    load.bytes += field.name.size() + field.value.size();
    if (field.name != "cookie") continue;
    load.cookies += count_cookies(field.value);
    load.longest = std::max(load.longest, field.value.size());
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
