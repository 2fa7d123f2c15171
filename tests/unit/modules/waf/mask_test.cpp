#include "modules/waf/mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace ravelin::waf {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(Mask, shows_where_and_a_part_of_what_matched) {
  EXPECT_EQ(evidence("ARGS:q", "<script", "<script>alert(1)</script>"), "ARGS:q \"<script\"");
}

TEST(Mask, never_shows_a_whole_value) {
  EXPECT_EQ(evidence("ARGS:q", "1' or '1'='1", "1' or '1'='1"), "ARGS:q \"1' or ...\"");
  const std::string longest(1000, 'a');
  EXPECT_LT(evidence("ARGS:q", longest, "b" + longest).size(), 100u);
}

TEST(Mask, hides_values_under_secret_names) {
  for (const char* name : {"ARGS:password", "ARGS:user[PWD]", "ARGS:json.card.number", "REQUEST_COOKIES:sessionid",
                           "REQUEST_HEADERS:Authorization", "REQUEST_HEADERS:Cookie", "ARGS:apiKey", "ARGS:otp"})
    EXPECT_EQ(evidence(name, "hunter2", "hunter2 or 1=1"), std::string(name) + " (hidden)");
}

TEST(Mask, shows_nothing_after_a_secret_name_in_raw_text) {
  const std::string text = evidence("REQUEST_BODY", "x=1&pass=hunter2&y=' or 1", "x=1&pass=hunter2&y=' or 1=1");
  EXPECT_THAT(text, HasSubstr("x=1&pass***"));
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
}

TEST(Mask, hides_card_numbers_and_unprintable_bytes) {
  const std::string text = evidence("ARGS:q", "4111111111111111\r\n\x1b[31m x", "4111111111111111\r\n\x1b[31m xy");
  EXPECT_THAT(text, Not(HasSubstr("4111")));
  EXPECT_THAT(text, HasSubstr("***...[31m"));
}

}  // namespace
}  // namespace ravelin::waf
