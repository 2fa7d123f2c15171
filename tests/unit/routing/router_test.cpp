#include "routing/router.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace ravelin::routing {
namespace {

std::vector<config::Route> make_routes(const std::vector<config::Match>& matches) {
  std::vector<config::Route> routes;
  for (const config::Match& match : matches) routes.emplace_back().match = match;
  return routes;
}

std::size_t find(const Router& router, std::string_view host, std::string_view path, std::string_view method = "GET") {
  RequestHead request;
  request.host = host;
  request.path = path;
  request.method = method;
  return router.find(request);
}

TEST(Router, prefers_the_narrowest_host_then_the_longest_path_then_the_first) {
  const auto routes = make_routes({{"", "", "", {}},
                                   {"*.example.com", "", "/api/", {}},
                                   {"shop.example.com", "", "", {}},
                                   {"shop.example.com", "", "/api/", {}},
                                   {"shop.example.com", "", "/api/v2/", {}},
                                   {"shop.example.com", "/api/v2/exact", "", {}},
                                   {"shop.example.com", "", "/api/", {}}});
  const Router router(routes);
  EXPECT_EQ(find(router, "other.org", "/"), 0U);
  EXPECT_EQ(find(router, "a.example.com", "/api/x"), 1U);
  EXPECT_EQ(find(router, "a.example.com", "/"), 0U);
  EXPECT_EQ(find(router, "shop.example.com", "/"), 2U);
  EXPECT_EQ(find(router, "shop.example.com", "/api/x"), 3U);
  EXPECT_EQ(find(router, "shop.example.com", "/api/v2/x"), 4U);
  EXPECT_EQ(find(router, "shop.example.com", "/api/v2/exact"), 5U);
  EXPECT_EQ(find(router, "example.com", "/api/x"), 0U);
}

TEST(Router, prefers_the_longer_wildcard) {
  const auto routes = make_routes({{"*.com", "", "", {}}, {"*.example.com", "", "", {}}});
  const Router router(routes);
  EXPECT_EQ(find(router, "a.example.com", "/"), 1U);
  EXPECT_EQ(find(router, "example.com", "/"), 0U);
}

TEST(Router, matches_methods_and_falls_through_to_a_route_for_all) {
  const auto routes = make_routes({{"", "", "/", {}}, {"", "", "/", {"POST", "PUT"}}});
  const Router router(routes);
  EXPECT_EQ(find(router, "a", "/x", "POST"), 1U);
  EXPECT_EQ(find(router, "a", "/x", "GET"), 0U);
}

// As RequestMatch: "/login;x" is "/login" to many origins, so it takes the route with the modules of "/login".
TEST(Router, path_parameters_hide_no_route) {
  const auto routes = make_routes({{"", "", "/", {}}, {"", "/login", "", {}}, {"", "", "/admin/", {}}});
  const Router router(routes);
  EXPECT_EQ(find(router, "a", "/login"), 1U);
  EXPECT_EQ(find(router, "a", "/login;x"), 1U);
  EXPECT_EQ(find(router, "a", "/login;x=/"), 0U);
  EXPECT_EQ(find(router, "a", "/login/"), 0U);
  EXPECT_EQ(find(router, "a", "/admin;v=1/users"), 2U);
  EXPECT_EQ(find(router, "a", "/adm;in/users"), 0U);
  EXPECT_EQ(find(router, "a", "*"), Router::no_route);
}

// To many origins it is one, so it must not lead to a route with fewer modules.
TEST(Router, an_escaped_slash_is_a_slash) {
  const auto routes = make_routes({{"", "", "/", {}}, {"", "/login", "", {}}, {"", "", "/admin/", {}}});
  const Router router(routes);
  EXPECT_EQ(find(router, "a", "/admin%2Fusers"), 2U);
  EXPECT_EQ(find(router, "a", "/%2Fadmin/users"), 2U);
  EXPECT_EQ(find(router, "a", "/admin/%2F%2Fusers"), 2U);
  EXPECT_EQ(find(router, "a", "/%2Flogin"), 1U);
  EXPECT_EQ(find(router, "a", "/admin%252Fusers"), 0U);
}

TEST(Router, finds_nothing_where_nothing_matches) {
  const auto routes = make_routes({{"only.example", "", "", {}}});
  const Router router(routes);
  EXPECT_EQ(find(router, "other", "/"), Router::no_route);
}

}  // namespace
}  // namespace ravelin::routing
