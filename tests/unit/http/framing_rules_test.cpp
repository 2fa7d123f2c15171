#include "http/framing_rules.h"

#include <gtest/gtest.h>

namespace ravelin::http {

TEST(FramingRules, lengths_are_plain_digits_below_two_to_the_63) {
  EXPECT_EQ(*parse_content_length("0"), 0U);
  EXPECT_EQ(*parse_content_length("9223372036854775807"), 9223372036854775807U);
  for (const std::string_view bad : {"", " 1", "1 ", "+1", "-1", "1,1", "1.0", "0x1", "9223372036854775808",
                                     "00000000000000000001", "1\t", "\xd9\xa1"})
    EXPECT_EQ(parse_content_length(bad).error().code, "http:bad_content_length") << bad;
}

TEST(FramingRules, a_coding_that_exists_is_not_implemented_if_the_end_can_be_known) {
  for (const auto& [value, status] : {std::pair("gzip, chunked", 501), std::pair("x-deflate, chunked", 400),
                                      std::pair("gzip", 400), std::pair("chunked, gzip", 400), std::pair("", 400)})
    EXPECT_EQ(FramingFields().add_transfer_encoding(value).error().status, status) << value;
}

TEST(FramingRules, responses_to_head_and_304_announce_a_length_without_a_body) {
  FramingFields fields;
  ASSERT_TRUE(fields.add_content_length("42"));
  for (const auto& [status, method] : {std::pair(200, "HEAD"), std::pair(304, "GET")}) {
    EXPECT_TRUE(has_no_body(status, method));
    EXPECT_EQ(fields.response(Version::http11, status, method)->kind, BodyKind::sized);
    EXPECT_EQ(fields.response(Version::http11, status, method)->size, 42U);
  }
  EXPECT_EQ(fields.response(Version::http11, 204, "GET")->kind, BodyKind::none);
  EXPECT_EQ(fields.response(Version::http11, 103, "GET")->kind, BodyKind::none);
}

TEST(FramingRules, a_response_without_fields_ends_with_its_connection) {
  const FramingFields none;
  EXPECT_EQ(none.response(Version::http11, 200, "GET")->kind, BodyKind::until_close);
  EXPECT_EQ(none.response(Version::http11, 200, "HEAD")->kind, BodyKind::none);
  EXPECT_EQ(none.request(Version::http11)->kind, BodyKind::none);
}

TEST(FramingRules, ambiguity_in_a_response_is_the_upstreams_fault) {
  FramingFields both;
  ASSERT_TRUE(both.add_content_length("1"));
  ASSERT_TRUE(both.add_transfer_encoding("chunked"));
  const Error error = both.response(Version::http11, 200, "GET").error();
  EXPECT_EQ(error.code, "upstream:bad_response");
  EXPECT_EQ(error.side, Side::upstream);
  EXPECT_EQ(error.status, 502);
  EXPECT_FALSE(error.is_retryable);
  EXPECT_EQ(both.request(Version::http11).error().code, "http:te_and_cl");
}

}  // namespace ravelin::http
