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

TEST(Via, is_added_behind_those_before) {
  RequestHead head;
  head.fields.add("via", "1.0 fred, 1.1 p.example.net (a, b)");
  for (const Version version : {Version::http10, Version::http11, Version::http2}) {
    head.version = version;
    EXPECT_TRUE(add_via(head, "gate"));
  }
  std::string list;
  for (const Field& field : head.fields) list.append(field.name).append(": ").append(field.value).append("|");
  EXPECT_EQ(list, "via: 1.0 fred, 1.1 p.example.net (a, b)|via: 1.0 gate|via: 1.1 gate|via: 2 gate|");
}

TEST(Via, shows_a_request_that_goes_in_a_circle) {
  RequestHead head;
  head.fields.add("via", "1.1 gates, 1.1 gate (1.1 gate), HTTP/1.1\tgate ,, gate");
  for (int i = 0; i < 6; ++i) ASSERT_TRUE(add_via(head, "gate")) << i;
  const auto again = add_via(head, "gate");
  EXPECT_EQ(again.error().code, "http:loop");
  EXPECT_EQ(again.error().status, 508);
  EXPECT_TRUE(add_via(head, "another"));
}

}  // namespace ravelin::http
