#include "modules/cors/origin.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace ravelin::cors {
namespace {

using ::testing::HasSubstr;

bool matches(std::string_view pattern, std::string_view origin) {
  const auto read = OriginPattern::parse(pattern);
  EXPECT_TRUE(read.is_ok()) << pattern;
  return read.is_ok() && read->matches(origin);
}

std::string complaint(std::string_view pattern) {
  const auto read = OriginPattern::parse(pattern);
  return read ? "none" : read.error().message;
}

TEST(OriginPattern, an_origin_is_itself_in_any_case) {
  EXPECT_TRUE(matches("https://app.example.com", "https://app.example.com"));
  EXPECT_TRUE(matches("https://App.Example.com", "HTTPS://APP.example.COM"));
  EXPECT_TRUE(matches("http://localhost:3000", "http://localhost:3000"));
  EXPECT_TRUE(matches("http://[2001:db8::1]:3000", "http://[2001:DB8::1]:3000"));
  EXPECT_TRUE(matches("http://[::1]", "http://[::1]"));
  EXPECT_TRUE(matches("chrome-extension://abcdef", "chrome-extension://abcdef"));
}

TEST(OriginPattern, another_scheme_host_or_port_is_another_origin) {
  for (const std::string_view other :
       {"http://app.example.com", "https://app.example.com:8443", "https://app.example.com:443", "https://example.com",
        "https://app.example.com.evil.net", "https://xapp.example.com", "https://app.example.com/",
        "https://app.example.com ", "https://user@app.example.com", "null", "*", ""}) {
    EXPECT_FALSE(matches("https://app.example.com", other)) << other;
  }
  EXPECT_FALSE(matches("https://a.example:8443", "https://a.example"));
  EXPECT_FALSE(matches("https://a.example:8443", "https://a.example:08443"));
}

TEST(OriginPattern, a_wildcard_is_one_label_or_more) {
  EXPECT_TRUE(matches("https://*.example.com", "https://a.example.com"));
  EXPECT_TRUE(matches("https://*.Example.com", "https://a.b-c.EXAMPLE.com"));
  EXPECT_TRUE(matches("https://*.example.com:8443", "https://a.example.com:8443"));
  for (const std::string_view other :
       {"https://example.com", "https://.example.com", "https://badexample.com", "http://a.example.com",
        "https://a.example.com:8443", "https://a.example.com.evil.net", "https://evil.net/.example.com",
        "https://evil.net#.example.com", "https://evil.net:80.example.com", "https://a@b.example.com",
        "https://a..example.com", "https://a%2e.example.com", "https://a.example.com:", "https://a.example.com:0",
        "https://*.example.com", "a.example.com", "https://https://a.example.com", "null", ""}) {
    EXPECT_FALSE(matches("https://*.example.com", other)) << other;
  }
  EXPECT_FALSE(matches("https://*.example.com:8443", "https://a.example.com"));
}

TEST(OriginPattern, null_matches_only_where_it_is_listed) {
  EXPECT_TRUE(matches("null", "null"));
  EXPECT_FALSE(matches("null", "NULL"));
  EXPECT_FALSE(matches("null", "https://null"));
  EXPECT_FALSE(matches("https://*.example.com", "null"));
}

TEST(OriginPattern, a_star_is_everybody) {
  EXPECT_TRUE(matches("*", "https://a.example"));
  EXPECT_TRUE(matches("*", "null"));
}

TEST(OriginPattern, what_no_browser_sends_is_refused) {
  EXPECT_THAT(complaint("https://a.example/"), HasSubstr("can never match: an origin ends with its host or port"));
  EXPECT_THAT(complaint("https://a.example/app"), HasSubstr("can never match: an origin ends with its host or port"));
  EXPECT_THAT(complaint("https://a.example:443/"), HasSubstr("can never match: an origin ends with its host or port"));
  EXPECT_THAT(complaint("https://a.example:443"), HasSubstr("can never match: browsers leave the default port out"));
  EXPECT_THAT(complaint("http://*.a.example:80"), HasSubstr("can never match: browsers leave the default port out"));
  for (const std::string_view wrong : {"",
                                       "a.example",
                                       "//a.example",
                                       "https://",
                                       "https:a.example",
                                       "://a.example",
                                       "https://a b",
                                       "https://a@b",
                                       "https://*",
                                       "https://*.",
                                       "https://a.*.example",
                                       "https://*a.example",
                                       "https://*.*.example",
                                       "*.example.com",
                                       "https://.a.example",
                                       "https://a..example",
                                       "https://a.example:",
                                       "https://a.example:0",
                                       "https://a.example:08443",
                                       "https://a.example:65536",
                                       "https://a.example:+1",
                                       "https://a.example:*",
                                       "https://[::1",
                                       "https://[::1]x",
                                       "https://[]",
                                       "https://b\xc3\xbc"
                                       "cher.example",
                                       "1http://a",
                                       "ht tp://a"}) {
    EXPECT_THAT(complaint(wrong), HasSubstr("expected an origin such as")) << wrong;
  }
}

}  // namespace
}  // namespace ravelin::cors
