#include "modules/waf/plan/collect.h"
#include "modules/waf/plan/collect_text.h"

namespace ravelin::waf::plan {
namespace {

constexpr auto npos = std::string_view::npos;

bool has_nul(std::string_view text) { return text.find('\0') != npos; }

// The library looks for a scheme and an authority in what does not start with a slash.
std::string_view without_authority(std::string_view uri) {
  if (uri.empty() || uri.front() == '/') return uri;
  const std::size_t scheme = uri.find(':') + 1;
  if (uri.substr(scheme, 2) != "//") return uri;
  const std::size_t path = uri.find('/', scheme + 2);
  return path == npos ? uri : uri.substr(path);
}

}  // namespace

void Values::collect_head(const Request& request) {
  clear();
  // The library takes these as C strings.
  if (has_nul(request.uri) || has_nul(request.method) || has_nul(request.version) || has_nul(request.client))
    return set_doubt("a NUL in the head");
  collect_connection(request);
  collect_uri(request);
  of_query_ = before_post_ = arguments_.values.size();
  collect_fields(request);
  if (request.format == BodyFormat::json) set(Variable::reqbody_processor, "JSON");
  if (request.format == BodyFormat::xml) set(Variable::reqbody_processor, "XML");
}

void Values::collect_connection(const Request& request) {
  set(Variable::remote_addr, request.client);
  set(Variable::remote_port, arena_.copy(static_cast<std::size_t>(request.client_port)));
  set(Variable::server_addr, "0.0.0.0");
  set(Variable::server_port, arena_.copy(static_cast<std::size_t>(request.server_port)));
}

void Values::collect_uri(const Request& request) {
  constexpr std::string_view protocol = "HTTP/";
  const std::size_t before_version = request.method.size() + 1 + request.uri.size() + 1;
  char* end = arena_.reserve(before_version + protocol.size() + request.version.size());
  for (const std::string_view part :
       {request.method, std::string_view(" "), request.uri, std::string_view(" "), protocol, request.version})
    end += part.copy(end, part.size());
  const std::string_view line = arena_.commit(end);
  set(Variable::request_line, line);
  set(Variable::request_method, request.method);
  set(Variable::request_protocol, line.substr(before_version));
  set(Variable::request_uri_raw, request.uri);
  collect_path(request.uri.substr(0, request.uri.find('#')));
}

// Decoded as a whole, and only then cut: what an encoded '?' hides is hidden in the library, too.
void Values::collect_path(std::string_view uri) {
  const std::string_view plain = uri.find('%') == npos ? uri : decoded(uri, '+');
  set(Variable::request_uri, without_authority(plain));
  const std::string_view path = plain.substr(0, plain.find('?'));
  set(Variable::path_info, path);
  set(Variable::request_filename, path);
  const std::size_t slash = path.find_last_of("/\\");
  if (slash != npos) set(Variable::request_basename, path.substr(slash + 1));
  const std::size_t question = uri.find('?');
  if (question == npos) return;
  set(Variable::query_string, uri.substr(question + 1));
  collect_pairs(uri.substr(question + 1));
}

void Values::collect_fields(const Request& request) {
  for (const Line& field : request.fields) {
    fields_.add(field.name, field.value);
    if (equals_lowered(field.name, "cookie")) collect_cookies(field.value);
    if (equals_lowered(field.name, "content-type")) collect_content_type(field.value);
  }
}

void Values::collect_content_type(std::string_view value) {
  if (content_type_.data() != nullptr) set_doubt("more than one Content-Type");
  content_type_ = value.data() == nullptr ? std::string_view("") : value;
  if (starts_with_lowered(value, "multipart/form-data")) {
    body_type_ = BodyType::multipart;
    set(Variable::reqbody_processor, "MULTIPART");
  }
  if (starts_with_lowered(value, "application/x-www-form-urlencoded")) {
    body_type_ = BodyType::form;
    set(Variable::reqbody_processor, "URLENCODED");
  }
}

}  // namespace ravelin::waf::plan
