#include "http/normalize.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "http/chars.h"
#include "http/fields.h"
#include "ravelin/address.h"
#include "ravelin/path.h"

namespace ravelin::http {

namespace {

constexpr std::size_t longest_method = 32;
constexpr std::size_t longest_host = 255;  // RFC 1035 section 2.3.4

Error refused(std::string_view code, std::string message, int status = 400) {
  return Error{code, std::move(message), Side::client, status};
}

// `query` lives in the arena.
Result<void> set_query(RequestHead& head, std::string_view query) {
  unsigned shared = chars::in_query;
  for (const char c : query) shared &= chars::places(c);
  if (shared == 0) return refused("http:target_bad_byte", "the query has a raw byte that must be escaped");
  head.query = query;
  head.has_query = true;
  return {};
}

// RFC 9112 section 3.2.4.
Result<void> set_asterisk(RequestHead& head) {
  if (head.method != "OPTIONS") return refused("http:target_asterisk", "the target '*' is for OPTIONS only");
  head.path = "*";
  return {};
}

// RFC 9112 section 3.2.2, after "http://" or "https://".
Result<void> set_absolute(RequestHead& head, std::string_view rest) {
  const std::size_t end = std::min(rest.find_first_of("/?#\\"), rest.size());
  if (auto set = set_authority(head, rest.substr(0, end)); !set) return set;
  rest.remove_prefix(end);
  if (rest.empty() && head.method == "OPTIONS") return set_asterisk(head);
  if (rest.empty()) return set_path(head, "/");
  if (rest.front() == '/') return set_path(head, rest);
  if (rest.front() != '?') return refused("http:target_bad_byte", "the target has a byte that must be escaped");
  head.path = "/";
  return set_query(head, head.arena.copy(rest.substr(1)));
}

bool starts_with_ignoring_case(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && equals_ignoring_case(text.substr(0, lower.size()), lower);
}

Error bad_authority(std::string_view why) {
  return refused("http:bad_authority", "the authority (Host) " + std::string(why));
}

// A host name or IPv4 address. Labels are not empty; one dot may end it.
bool is_name(std::string_view host) {
  char last = '.';
  for (const char c : host) {
    if (!chars::is_host_char(c) || (c == '.' && last == '.')) return false;
    last = c;
  }
  return !host.empty();
}

bool is_bracketed_v6(std::string_view host) {
  if (host.size() < 4 || host.back() != ']') return false;
  const std::string_view inside = host.substr(1, host.size() - 2);
  return inside.find(':') != std::string_view::npos && Address::parse(inside).is_ok();
}

// Where the host ends: at the ':' of the port, or at the end.
std::size_t host_end(std::string_view authority) {
  const std::size_t from = authority.front() == '[' ? authority.find(']') : 0;
  if (from == std::string_view::npos) return authority.size();
  return std::min(authority.find(':', from), authority.size());
}

// 1 to 65535, or 0 for none; -1 if it is not a port.
int parse_port(std::string_view text) {
  if (text.size() > 5) return -1;
  int port = 0;
  for (const char c : text) {
    if (!chars::is_digit(static_cast<unsigned char>(c))) return -1;
    port = port * 10 + (c - '0');
  }
  return port > 65535 || (port == 0 && !text.empty()) ? -1 : port;
}

}  // namespace

Result<void> set_method(RequestHead& head, std::string_view method) {
  if (method.size() > longest_method || !is_token(method))
    return refused("http:bad_method", "the method is not a token of at most 32 bytes");
  head.method = head.arena.copy(method);
  if (method == "CONNECT")
    return refused("http:method_connect", "CONNECT asks for a tunnel, which is not offered", 405);
  if (method == "TRACE") return refused("http:method_trace", "TRACE would show internal headers to the client", 405);
  return {};
}

Result<void> set_target(RequestHead& head, std::string_view target) {
  if (target.empty()) return refused("http:bad_target", "the request target is empty");
  if (target.front() == '/') return set_path(head, target);
  if (target == "*") return set_asterisk(head);
  if (starts_with_ignoring_case(target, "http://")) return set_absolute(head, target.substr(7));
  if (starts_with_ignoring_case(target, "https://")) {
    // RFC 9110 section 7.4: what is to be secured shall not have come in the open.
    if (head.scheme != "https")
      return refused("http:wrong_scheme", "the request asks for an https resource on a connection without TLS");
    return set_absolute(head, target.substr(8));
  }
  return refused("http:bad_target", "the request target is neither a path nor an absolute http URI");
}

Result<void> set_path(RequestHead& head, std::string_view path_and_query) {
  if (path_and_query == "*") return set_asterisk(head);
  if (path_and_query.empty() || path_and_query.front() != '/')
    return refused("http:bad_target", "the path does not start with '/'");
  const std::string_view kept = head.arena.copy(path_and_query);
  const std::size_t end = std::min(kept.find('?'), kept.size());
  auto path = canonical_path(head.arena, kept.substr(0, end));
  if (!path) return std::move(path).error();
  head.path = *path;
  head.has_query = false;
  head.query = {};
  return end == kept.size() ? Result<void>() : set_query(head, kept.substr(end + 1));
}

Result<void> set_authority(RequestHead& head, std::string_view authority) {
  if (authority.empty()) return bad_authority("is empty");
  const std::size_t end = host_end(authority);
  const std::string_view host = authority.substr(0, end);
  if (host.size() > longest_host) return bad_authority("is longer than 255 bytes");
  if (host.empty() || !(host.front() == '[' ? is_bracketed_v6(host) : is_name(host)))
    return bad_authority("is not a host name, an IPv4 address or [IPv6]");
  const int port = end == authority.size() ? 0 : parse_port(authority.substr(end + 1));
  if (port < 0) return bad_authority("has a port that is not between 1 and 65535");

  const std::string_view lower = lower_copy(head.arena, host);
  head.host = lower.back() == '.' ? lower.substr(0, lower.size() - 1) : lower;
  const bool is_default = port == 0 || port == (head.scheme == "https" ? 443 : 80);
  head.authority = is_default ? lower : head.arena.join({lower, ":", std::to_string(port)});
  return {};
}

}  // namespace ravelin::http
