#include "http/normalize.h"

#include <gtest/gtest.h>

#include <string>

#include "unit/http/http1_golden.h"

namespace ravelin::http::test {

namespace {

std::string path_outcome(std::string_view target) {
  RequestHead head;
  head.method = "GET";
  if (auto set = set_path(head, target); !set) {
    EXPECT_EQ(set.error().status, 400);
    EXPECT_EQ(set.error().side, Side::client);
    return std::string(set.error().code);
  }
  return std::string(head.path) + (head.has_query ? "?" + std::string(head.query) : "");
}

std::string authority_outcome(std::string_view scheme, std::string_view authority) {
  RequestHead head;
  head.scheme = scheme;
  if (auto set = set_authority(head, authority); !set) return std::string(set.error().code);
  return std::string(head.authority) + " " + std::string(head.host);
}

}  // namespace

TEST(Normalize, paths_have_one_canonical_form_which_comes_out_unchanged) {
  const auto cases = read_golden(RAVELIN_SOURCE_DIR "/tests/golden/http/paths.golden");
  ASSERT_GT(cases.size(), 40U);
  for (const GoldenCase& one : cases) {
    SCOPED_TRACE(one.name);
    const std::string expected = unescape(one.expected);
    EXPECT_EQ(path_outcome(one.input), expected);
    if (expected.front() == '/') {
      EXPECT_EQ(path_outcome(expected), expected);
    }
  }
}

TEST(Normalize, an_authority_is_lower_case_without_the_default_port) {
  EXPECT_EQ(authority_outcome("http", "Shop.Example.COM"), "shop.example.com shop.example.com");
  EXPECT_EQ(authority_outcome("http", "a:80"), "a a");
  EXPECT_EQ(authority_outcome("https", "a:80"), "a:80 a");
  EXPECT_EQ(authority_outcome("https", "a:443"), "a a");
  EXPECT_EQ(authority_outcome("https", "a:0443"), "a a");
  EXPECT_EQ(authority_outcome("https", "a:"), "a a");
  EXPECT_EQ(authority_outcome("https", "a.:8443"), "a.:8443 a");
  EXPECT_EQ(authority_outcome("http", "192.0.2.1:8080"), "192.0.2.1:8080 192.0.2.1");
  EXPECT_EQ(authority_outcome("http", "[2001:DB8::1]:8080"), "[2001:db8::1]:8080 [2001:db8::1]");
  EXPECT_EQ(authority_outcome("http", "my_service-1"), "my_service-1 my_service-1");
}

TEST(Normalize, refuses_what_is_not_one_host_and_port) {
  for (const std::string_view bad : {"",
                                     ".",
                                     ".a",
                                     "a..b",
                                     "a,b",
                                     "a b",
                                     "u@a",
                                     "a/b",
                                     "a?",
                                     "a#",
                                     "a%2e",
                                     "a:b",
                                     "a:65536",
                                     "a:0",
                                     "a:+1",
                                     "a:1:2",
                                     ":80",
                                     "[::1",
                                     "[::1]x",
                                     "[::1]]",
                                     "[]",
                                     "[1.2.3.4]",
                                     "[fe80::1%25eth0]",
                                     "[v1.x]",
                                     "::1",
                                     "a\x80",
                                     "a\\b"})
    EXPECT_EQ(authority_outcome("http", bad), "http:bad_authority") << bad;
  EXPECT_EQ(authority_outcome("http", std::string(256, 'a')), "http:bad_authority");
  EXPECT_NE(authority_outcome("http", std::string(255, 'a')), "http:bad_authority");
}

TEST(Normalize, an_asterisk_is_for_options_only) {
  RequestHead head;
  head.method = "OPTIONS";
  ASSERT_TRUE(set_path(head, "*"));
  EXPECT_EQ(head.path, "*");
  head.method = "GET";
  EXPECT_EQ(set_path(head, "*").error().code, "http:target_asterisk");
}

TEST(Normalize, a_method_is_a_short_token_and_opens_no_tunnel) {
  RequestHead head;
  EXPECT_TRUE(set_method(head, "PROPFIND"));
  EXPECT_EQ(set_method(head, "CONNECT").error().status, 405);
  EXPECT_EQ(set_method(head, "TRACE").error().status, 405);
  EXPECT_EQ(set_method(head, "").error().code, "http:bad_method");
  EXPECT_EQ(set_method(head, "GE T").error().code, "http:bad_method");
  EXPECT_EQ(set_method(head, std::string(33, 'A')).error().code, "http:bad_method");
}

TEST(Normalize, results_do_not_depend_on_the_text_given) {
  RequestHead head;
  head.scheme = "http";
  std::string method = "GET";
  std::string target = "HTTP://Example.com:81/a?b";
  ASSERT_TRUE(set_method(head, method));
  ASSERT_TRUE(set_target(head, target));
  method = target = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
  EXPECT_EQ(head.method, "GET");
  EXPECT_EQ(head.authority, "example.com:81");
  EXPECT_EQ(head.path, "/a");
  EXPECT_EQ(head.query, "b");
}

}  // namespace ravelin::http::test
