#include "http/hops.h"

#include <gtest/gtest.h>

#include <string>

namespace ravelin::http {

namespace {

struct Options : RequestHead {
  explicit Options(std::string_view hops) {
    method = "OPTIONS";
    fields.add("max-forwards", hops);
  }
};

}  // namespace

TEST(Hops, are_counted_off_and_end_at_zero) {
  for (const auto& [given, left] : {std::pair("1", "0"), std::pair("10", "9"), std::pair("007", "6"),
                                    std::pair("256", "255"), std::pair("99999999999999999999999", "255")}) {
    Options head(given);
    EXPECT_TRUE(*count_hop(head)) << given;
    EXPECT_EQ(*head.fields.find("max-forwards"), left);
  }
  for (const char* zero : {"0", "000"}) {
    Options head(zero);
    EXPECT_FALSE(*count_hop(head)) << zero;
  }
}

TEST(Hops, are_one_number) {
  for (const char* bad : {"", "-1", "+1", "1.0", "0x1", "1, 1", "one"}) {
    Options head(bad);
    EXPECT_EQ(count_hop(head).error().code, "http:max_forwards") << bad;
  }
  Options twice("1");
  twice.fields.add("max-forwards", "1");
  EXPECT_EQ(count_hop(twice).error().status, 400);
}

TEST(Hops, are_not_counted_for_other_methods_nor_made_up) {
  Options get("0");
  get.method = "GET";
  EXPECT_TRUE(*count_hop(get));
  EXPECT_EQ(*get.fields.find("max-forwards"), "0");
  RequestHead plain;
  plain.method = "OPTIONS";
  EXPECT_TRUE(*count_hop(plain));
  EXPECT_TRUE(plain.fields.is_empty());
}

}  // namespace ravelin::http
