#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "config/config.h"
#include "ravelin/message.h"

namespace ravelin::routing {

/// Router finds the route of a request: the first that matches in order of specificity: by host, then exact path, then
/// longest prefix, then a route that names methods, then the order of the file. Immutable after build, shared by all
/// workers; a lookup does not allocate.
class Router {
 public:
  static constexpr std::size_t no_route = static_cast<std::size_t>(-1);

  /// `routes` must outlive the router.
  explicit Router(const std::vector<config::Route>& routes);

  /// Index of the route in the list given, or no_route.
  std::size_t find(const RequestHead& request) const;

 private:
  using Indices = std::vector<std::size_t>;
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  struct Wildcard {
    std::string_view suffix;  // ".example.com"
    Indices routes;
  };

  std::size_t first_match(const Indices& candidates, const RequestHead& request) const;
  bool matches(const config::Match& match, const RequestHead& request) const;
  void sort_by_path(Indices& indices) const;
  void add_wildcard(std::size_t index);

  const std::vector<config::Route>& routes_;
  std::unordered_map<std::string, Indices, TextHash, std::equal_to<>> by_host_;
  std::vector<Wildcard> wildcards_;  // longest suffix first
  Indices any_host_;
};

}  // namespace ravelin::routing
