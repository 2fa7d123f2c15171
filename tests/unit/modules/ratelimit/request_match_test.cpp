#include "ravelin/request_match.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ravelin/testing/section_check.h"

namespace ravelin {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

bool matches(const RequestMatch& match, std::string_view method, std::string_view path) {
  RequestHead head;
  head.method = method;
  head.path = path;
  return match.matches(head);
}

bool is_on_path(const char* wanted, std::string_view path) {
  RequestMatch match;
  match.path = {wanted};
  return matches(match, "GET", path);
}

TEST(RequestMatch, without_keys_matches_everything) {
  EXPECT_TRUE(matches({}, "GET", "/"));
  EXPECT_TRUE(matches({}, "OPTIONS", "*"));
}

TEST(RequestMatch, a_path_is_that_path_alone) {
  EXPECT_TRUE(is_on_path("/login", "/login"));
  EXPECT_TRUE(is_on_path("/login", "/login/"));
  EXPECT_FALSE(is_on_path("/login", "/login/x"));
  EXPECT_FALSE(is_on_path("/login", "/loginx"));
  EXPECT_FALSE(is_on_path("/login", "/Login"));
  EXPECT_FALSE(is_on_path("/login", "/"));
  EXPECT_TRUE(is_on_path("/", "/"));
  EXPECT_FALSE(is_on_path("/", "/login"));
}

TEST(RequestMatch, a_path_with_a_slash_at_its_end_stands_for_all_below) {
  EXPECT_TRUE(is_on_path("/admin/", "/admin"));
  EXPECT_TRUE(is_on_path("/admin/", "/admin/"));
  EXPECT_TRUE(is_on_path("/admin/", "/admin/users/1"));
  EXPECT_FALSE(is_on_path("/admin/", "/administrator"));
}

TEST(RequestMatch, path_parameters_hide_nothing) {
  EXPECT_TRUE(is_on_path("/login", "/login;jsessionid=1"));
  EXPECT_TRUE(is_on_path("/login", "/;a/login"));
  EXPECT_TRUE(is_on_path("/login", "/login;a/"));
  EXPECT_FALSE(is_on_path("/login", "/login;a/b"));
  EXPECT_TRUE(is_on_path("/app/login", "/app;v=1/login;x"));
  EXPECT_FALSE(is_on_path("/login", "/log;in"));
}

TEST(RequestMatch, an_escaped_slash_is_a_slash) {
  for (const std::string_view end : {"%2F", "%2F%2F", "/%2F", "%2F/"})
    EXPECT_TRUE(is_on_path("/login", "/login" + std::string(end)));
  EXPECT_TRUE(is_on_path("/a/login", "/a%2Flogin"));
  EXPECT_TRUE(is_on_path("/admin/", "/admin%2Fusers"));
  EXPECT_TRUE(is_on_path("/admin/", "/%2F%2Fadmin"));
  EXPECT_FALSE(is_on_path("/login", "/login%2Fx"));
  EXPECT_FALSE(is_on_path("/login", "/login%252F"));
}

TEST(RequestMatch, a_prefix_is_text_and_joins_with_path_as_an_alternative) {
  RequestMatch match;
  match.path_prefix = {"/api/"};
  match.path = {"/rpc"};
  EXPECT_TRUE(matches(match, "GET", "/api/users"));
  EXPECT_TRUE(matches(match, "GET", "/rpc"));
  EXPECT_TRUE(matches(match, "GET", "/api;x/users"));
  EXPECT_FALSE(matches(match, "GET", "/api"));
  EXPECT_FALSE(matches(match, "OPTIONS", "*"));
}

TEST(RequestMatch, every_key_must_hold) {
  RequestMatch match;
  match.path = {"/login"};
  match.method = {"POST", "PUT"};
  EXPECT_TRUE(matches(match, "PUT", "/login"));
  EXPECT_FALSE(matches(match, "GET", "/login"));
  EXPECT_FALSE(matches(match, "POST", "/"));
}

TEST(RequestMatch, refuses_what_could_never_match) {
  RequestMatch match;
  match.path = {"login", "/a?b", "/a/../b", "/%41", "/a;b", "/fine"};
  match.path_prefix = {"//x"};
  match.method = {"post", "GET"};
  EXPECT_THAT(testing::SectionCheck(match).problems(),
              ElementsAre(HasSubstr("path: 'login' can never match"), HasSubstr("path: '/a?b' can never match"),
                          HasSubstr("write '/b'"), HasSubstr("write '/A'"), HasSubstr("path: '/a;b' can never match"),
                          HasSubstr("path_prefix: '//x'"), HasSubstr("method: 'post'")));
}

}  // namespace
}  // namespace ravelin
