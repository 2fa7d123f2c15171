#include "routing/rewrite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace ravelin::routing {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t longest = 200;

Result<Rewrite> compile(const std::string& regex, const std::string& to) {
  return Rewrite::compile({{}, regex, to}, {}, longest);
}

Rewrite with_prefix(const std::string& from, const std::string& to) {
  return *Rewrite::compile({to, {}, {}}, {{}, {}, from, {}}, longest);
}

// What the upstream is asked for "/path?query", or the code of the refusal.
std::string asked(const Rewrite& rewrite, std::string_view target) {
  RequestHead head;
  const std::size_t end = std::min(target.find('?'), target.size());
  head.path = target.substr(0, end);
  head.has_query = end < target.size();
  if (head.has_query) head.query = target.substr(end + 1);
  const auto applied = rewrite.apply(head);
  if (!applied) return std::string(applied.error().code) + " " + std::to_string(applied.error().status);
  EXPECT_EQ(head.path, target.substr(0, end)) << "what was judged stays";
  const Target sent = head.upstream_target();
  return std::string(sent.path) + (sent.has_query ? "?" + std::string(sent.query) : "");
}

std::string asked(const std::string& regex, const std::string& to, std::string_view target) {
  const auto rewrite = compile(regex, to);
  return rewrite ? asked(*rewrite, target) : rewrite.error().message;
}

TEST(Rewrite, changes_nothing_by_default) { EXPECT_EQ(asked(Rewrite(), "/a?b"), "/a?b"); }

TEST(Rewrite, replaces_the_prefix_of_the_route_and_keeps_the_query) {
  EXPECT_EQ(asked(with_prefix("/old/", "/new/"), "/old/a/b?q=1"), "/new/a/b?q=1");
  EXPECT_EQ(asked(with_prefix("/old/", "/"), "/old/"), "/");
  EXPECT_EQ(asked(with_prefix("", "/app/"), "/a"), "/app/a");
  EXPECT_EQ(asked(with_prefix("/api", "/v2"), "/api/x?"), "/v2/x?");
  EXPECT_EQ(asked(with_prefix("/api", "/v2"), "/api"), "/v2");
}

TEST(Rewrite, puts_one_slash_where_the_prefix_and_the_rest_meet) {
  EXPECT_EQ(asked(with_prefix("/api", "/"), "/api/x"), "/x");
  EXPECT_EQ(asked(with_prefix("/api", "/"), "/api"), "/");
  EXPECT_EQ(asked(with_prefix("/api", "/v2/"), "/api/x"), "/v2/x");
}

TEST(Rewrite, lets_no_path_lead_out_of_the_new_prefix) {
  EXPECT_EQ(asked(with_prefix("/static", "/files/"), "/static../secret"), "route:rewrite 400");
  EXPECT_EQ(asked(with_prefix("/static", "/files/"), "/static.."), "route:rewrite 400");
  EXPECT_EQ(asked(with_prefix("/static", "/"), "/static../x"), "route:rewrite 400");
  EXPECT_EQ(asked("^/x(.*)$", "/files/$1", "/x../secret"), "route:rewrite 400");
}

TEST(Rewrite, steps_over_parameters_as_the_router_does) {
  EXPECT_EQ(asked(with_prefix("/old/", "/new/"), "/old;a=1/x;b=2"), "/new/x;b=2");
}

TEST(Rewrite, leaves_escaped_slashes_behind_the_prefix) {
  EXPECT_EQ(asked(with_prefix("/old/", "/new/"), "/old/a%2Fb"), "/new/a%2Fb");
  EXPECT_EQ(asked(with_prefix("/old/", "/new/"), "/old%2Fa"), "/new/a");
}

TEST(Rewrite, makes_a_new_path_of_the_groups_of_a_match) {
  EXPECT_EQ(asked("^/old/(.*)$", "/new/$1", "/old/a/b?q"), "/new/a/b?q");
  EXPECT_EQ(asked("^/(\\w+)/(\\w+)$", "/$2/$1", "/a/b"), "/b/a");
  EXPECT_EQ(asked("/b$", "/x$0", "/a/b"), "/x/b") << "the whole path is replaced";
  EXPECT_EQ(asked("^/a(/b)?(/c)?$", "/x$1$2", "/a"), "/x") << "groups that took no part are empty";
  EXPECT_EQ(asked("^/a$", "/$$1", "/a"), "/$1");
}

TEST(Rewrite, leaves_a_path_that_does_not_match) {
  EXPECT_EQ(asked("^/old/(.*)$", "/new/$1", "/other?q"), "/other?q");
  EXPECT_EQ(asked("^/old/(.*)$", "/new/$1", "*"), "*");
}

TEST(Rewrite, replaces_the_query_only_if_the_new_target_has_one) {
  EXPECT_EQ(asked("^/item/(\\d+)$", "/items?id=$1", "/item/7?x=1"), "/items?id=7");
  EXPECT_EQ(asked("^/item/(\\d+)$", "/items?", "/item/7?x=1"), "/items?");
  EXPECT_EQ(asked("^/a$", "/b?c?d", "/a"), "/b?c?d");
}

TEST(Rewrite, lets_a_group_bring_no_parameters_into_the_query) {
  EXPECT_EQ(asked("^/item/(.*)$", "/items?id=$1", "/item/7&admin=1;x+y"), "/items?id=7%26admin%3D1%3Bx%2By");
  EXPECT_EQ(asked("^/item/(.*)$", "/x/$1?id=$1", "/item/7&a"), "/x/7&a?id=7%26a") << "in the path it is no separator";
}

TEST(Rewrite, refuses_what_is_no_canonical_path) {
  EXPECT_EQ(asked("^(/.*)$", "/new/$1", "/x"), "route:rewrite 400");
  EXPECT_EQ(asked("^/(.).*$", "/$1", "/%C3%A9"), "route:rewrite 400") << "half an escape";
  EXPECT_EQ(asked("^/(.*)$", "/$1$1$1", "/" + std::string(70, 'a')), "route:rewrite 400") << "too long";
}

TEST(Rewrite, gives_up_an_expression_that_goes_back_and_forth) {
  EXPECT_EQ(asked("^/(a+)+[0-9]$", "/x", "/" + std::string(100, 'a')), "route:rewrite_limit 500");
}

// Its steps are counted anew at each byte, so that none of 8,000 tries is above the limit.
TEST(Rewrite, gives_up_an_expression_that_begins_anew_everywhere) {
  const auto rewrite = Rewrite::compile({{}, "([a-z]+)[a-z]+x$", "/x"}, {}, 100'000);
  EXPECT_TRUE(asked(*rewrite, "/" + std::string(8000, 'a') + "xb") == "route:rewrite_limit 500");
  EXPECT_EQ(asked(*rewrite, "/" + std::string(100, 'a') + "x"), "/x");
  const auto sound = Rewrite::compile({{}, "/item/([0-9]+)$", "/$1"}, {}, 100'000);
  EXPECT_EQ(asked(*sound, std::string(4000, '/') + std::string(2000, 'a') + "/item/7"), "/7");
}

TEST(Rewrite, takes_a_long_path_with_a_sound_expression) {
  const auto rewrite = Rewrite::compile({{}, "^/(?:[^/]+/)*([^/]+)$", "/$1"}, {}, 100'000);
  std::string path;
  for (int i = 0; i < 1000; ++i) path += "/segment";
  EXPECT_EQ(asked(*rewrite, path + "/last"), "/last");
}

TEST(Rewrite, says_what_is_wrong_with_an_expression_and_where) {
  EXPECT_THAT(asked("^/(old", "/new", "/"), HasSubstr("missing closing parenthesis, at character 7"));
  EXPECT_EQ(asked("^/(old)", "/$2", "/"), "there is no group $2 in 'regex', which has 1");
}

}  // namespace
}  // namespace ravelin::routing
