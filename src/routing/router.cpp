#include "routing/router.h"

#include <algorithm>
#include <tuple>

#include "ravelin/path.h"

namespace ravelin::routing {
namespace {

bool starts_with(std::string_view text, std::string_view prefix) { return text.substr(0, prefix.size()) == prefix; }

bool ends_with(std::string_view text, std::string_view suffix) {
  return text.size() > suffix.size() && text.substr(text.size() - suffix.size()) == suffix;
}

bool matches_path(const config::Match& match, std::string_view path) {
  if (match.path.empty()) return rest_after(path, match.path_prefix).has_value();
  const auto rest = rest_after(path, match.path);
  return rest && rest->empty();
}

// How narrow a match is within one host: an exact path, then the longest prefix; among equals one that
// names methods before one that takes all.
auto specificity(const config::Match& match) {
  return std::tuple(!match.path.empty(), match.path_prefix.size(), !match.method.empty());
}

}  // namespace

Router::Router(const std::vector<config::Route>& routes) : routes_(routes) {
  for (std::size_t i = 0; i < routes.size(); ++i) {
    const std::string& host = routes[i].match.host;
    if (host.empty()) {
      any_host_.push_back(i);
    } else if (starts_with(host, "*.")) {
      add_wildcard(i);
    } else {
      by_host_[host].push_back(i);
    }
  }
  for (auto& [host, indices] : by_host_) sort_by_path(indices);
  for (Wildcard& wildcard : wildcards_) sort_by_path(wildcard.routes);
  sort_by_path(any_host_);
  std::stable_sort(wildcards_.begin(), wildcards_.end(),
                   [](const Wildcard& a, const Wildcard& b) { return a.suffix.size() > b.suffix.size(); });
}

void Router::add_wildcard(std::size_t index) {
  const std::string_view suffix = std::string_view(routes_[index].match.host).substr(1);
  const auto known = std::find_if(wildcards_.begin(), wildcards_.end(),
                                  [&](const Wildcard& wildcard) { return wildcard.suffix == suffix; });
  if (known != wildcards_.end()) {
    known->routes.push_back(index);
  } else {
    wildcards_.push_back({suffix, {index}});
  }
}

void Router::sort_by_path(Indices& indices) const {
  std::stable_sort(indices.begin(), indices.end(), [&](std::size_t a, std::size_t b) {
    return specificity(routes_[a].match) > specificity(routes_[b].match);
  });
}

std::size_t Router::find(const RequestHead& request) const {
  if (const auto exact = by_host_.find(request.host); exact != by_host_.end()) {
    if (const std::size_t found = first_match(exact->second, request); found != no_route) return found;
  }
  for (const Wildcard& wildcard : wildcards_) {
    if (!ends_with(request.host, wildcard.suffix)) continue;
    if (const std::size_t found = first_match(wildcard.routes, request); found != no_route) return found;
  }
  return first_match(any_host_, request);
}

std::size_t Router::first_match(const Indices& candidates, const RequestHead& request) const {
  for (const std::size_t index : candidates)
    if (matches(routes_[index].match, request)) return index;
  return no_route;
}

bool Router::matches(const config::Match& match, const RequestHead& request) const {
  if (!matches_path(match, request.path)) return false;
  return match.method.empty() ||
         std::find(match.method.begin(), match.method.end(), request.method) != match.method.end();
}

}  // namespace ravelin::routing
