#include <algorithm>
#include <string>
#include <string_view>

#include "config/checker.h"
#include "ravelin/path.h"

namespace ravelin::config {
namespace {

bool is_visible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool is_same_name(std::string_view name, std::string_view lower) {
  return std::equal(name.begin(), name.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return (a >= 'A' && a <= 'Z' ? static_cast<char>(a - 'A' + 'a') : a) == b; });
}

std::string replace_all(std::string text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + by.size()))
    text.replace(at, what.size(), by);
  return text;
}

// The target as it is for some request: what is right for one is right for all, as the gateway gives
// variables in their canonical form.
std::string sample_of(std::string to) {
  to = replace_all(std::move(to), "${scheme}", "https");
  to = replace_all(std::move(to), "${host}", "host.example");
  to = replace_all(std::move(to), "${path}", "/path");
  return replace_all(std::move(to), "${query}", "query");
}

bool is_authority(std::string_view authority) {
  const std::size_t colon = authority.find(':');
  const std::string_view port = colon == std::string_view::npos ? "80" : authority.substr(colon + 1);
  const bool is_port = !port.empty() && port.size() <= 5 && port.find_first_not_of("0123456789") == port.npos;
  return is_port && is_host_name(authority.substr(0, colon));
}

// What follows the scheme and the host, or all of a target that is a path.
std::string_view path_and_rest(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (url.starts_with('/') || scheme == std::string_view::npos) return url;
  url.remove_prefix(scheme + 3);
  return url.substr(std::min(url.find_first_of("/?#"), url.size()));
}

void check_place_of_query(Checker& check, const std::string& at, std::string_view to) {
  const std::size_t query = to.find("${query}");
  if (query == std::string_view::npos || to.substr(0, query).find('?') < query) return;
  check.error(at, "${query} has no '?' of its own: write '?${query}'");
}

void check_target(Checker& check, const std::string& at, const std::string& to) {
  const std::string sample = sample_of(to);
  const std::string_view url = sample;
  if (url.find("${") != std::string_view::npos) return;  // no variable; that was reported
  const bool is_path = url.starts_with('/');
  const bool is_url = url.starts_with("https://") || url.starts_with("http://");
  if (!is_path && !is_url)
    return check.error(at, "expected a URL such as https://www.example.com/new, or a path such as /new");
  const std::string_view rest = path_and_rest(url);
  if (is_url) {
    const std::size_t host = url.find("://") + 3;
    if (!is_authority(url.substr(host, url.size() - rest.size() - host)))
      return check.error(at, "expected a host name such as www.example.com, with or without a port, behind '://'");
  }
  const std::string path(rest.substr(0, rest.find_first_of("?#")));
  if (path.empty()) return;
  Arena arena;
  const auto canonical = canonical_path(arena, path);
  if (!canonical) return check.error(at, canonical.error().message);
  if (*canonical == path) return;
  check.error(at, "the path must be canonical: '" + path + "' would be '" + std::string(*canonical) +
                      (to.find("${path}") == std::string::npos ? "'" : "', where ${path} is /path"));
}

void check_redirect(Checker& check, const std::string& at, const Redirect& redirect) {
  if (redirect.to.empty()) return;  // missing; that was reported
  if (redirect.to.size() > 2048) return check.error(at, "is longer than 2048 bytes");
  if (!is_visible(redirect.to)) return check.error(at, "blanks, controls and other letters than ASCII must be escaped");
  check_variables(check, at, redirect.to, {"scheme", "host", "path", "query"});
  check_place_of_query(check, at, redirect.to);
  check_target(check, at, redirect.to);
}

void check_respond(Checker& check, const std::string& at, const Respond& respond) {
  for (const auto& [name, value] : respond.headers) {
    const std::string field = at + ".headers." + name;
    check_header(check, field, name, value);
    if (is_same_name(name, "content-type")) check.error(field, "has a key of its own: content_type");
    if (is_same_name(name, "etag")) check.error(field, "is made from the content");
  }
  const auto is_control = [](char c) { return (c >= 0 && c < 0x20) || c == 0x7f; };
  if (std::any_of(respond.content_type.begin(), respond.content_type.end(), is_control))
    check.error(at + ".content_type", "expected a media type such as text/plain; charset=utf-8");
}

void check_prefix(Checker& check, const std::string& at, const Route& route) {
  const std::string& prefix = route.rewrite->prefix;
  if (const auto problem = path_prefix_problem(prefix)) return check.error(at, *problem);
  if (!route.match.path.empty())
    return check.error(at, "stands in the place of match.path_prefix, and this route has match.path");
  // "/new" in the place of "/old/" would make "/newx" of "/old/x".
  const bool ends_segment = route.match.path_prefix.empty() || route.match.path_prefix.ends_with('/');
  if (ends_segment && !prefix.ends_with('/'))
    check.error(at, "what follows would run together with it: write '" + prefix + "/'");
}

// Which groups the expression has is known when it is compiled.
void check_replacement(Checker& check, const std::string& at, std::string_view to) {
  if (!to.starts_with('/')) return check.error(at, "a path begins with '/'");
  if (to.size() > 1024) return check.error(at, "is longer than 1024 bytes");
  if (!is_visible(to) || to.find('#') != std::string_view::npos)
    return check.error(at, "expected a path, and a query if it has a '?', with other letters than ASCII escaped");
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] != '$') continue;
    const char next = ++i < to.size() ? to[i] : '\0';
    if (next != '$' && (next < '0' || next > '9'))
      return check.error(at, "expected $0 to $9 or $$; a dollar sign is written as $$");
  }
}

void check_canonical_host(Checker& check, const std::string& at, std::string_view host) {
  if (host.empty() || is_host_name(host)) return;
  check.error(at, "expected a host name such as www.example.com, without a port");
}

}  // namespace

void check_error_pages(Checker& check, const std::string& at, const ErrorPages& pages) {
  for (const auto& page : pages) {
    const std::string& status = page.first;
    const bool is_error = status.size() == 3 && (status[0] == '4' || status[0] == '5');
    const std::string_view rest = std::string_view(status).substr(std::min<std::size_t>(1, status.size()));
    const bool is_known = rest == "xx" || rest.find_first_not_of("0123456789") == std::string_view::npos;
    if (!is_error || !is_known) check.error(at + "." + status, "expected a status such as 404, or a class: 4xx or 5xx");
  }
}

void check_answers(Checker& check, const std::string& at, const Route& route) {
  if (route.respond) check_respond(check, at + ".respond", *route.respond);
  if (route.redirect) check_redirect(check, at + ".redirect.to", *route.redirect);
  check_canonical_host(check, at + ".canonical_host", route.canonical_host);
  if (route.rewrite && !route.rewrite->prefix.empty()) check_prefix(check, at + ".rewrite.prefix", route);
  if (route.rewrite && !route.rewrite->to.empty()) check_replacement(check, at + ".rewrite.to", route.rewrite->to);
  check_error_pages(check, at + ".error_pages", route.error_pages);
}

}  // namespace ravelin::config
