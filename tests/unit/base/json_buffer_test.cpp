#include "base/json_buffer.h"

#include <gtest/gtest.h>

#include <string>

namespace ravelin {
namespace {

std::string escaped(std::string_view text) {
  JsonBuffer json;
  json.text(text);
  return std::string(json.view());
}

std::string printed(std::string_view address) {
  JsonBuffer json;
  json.address(*Address::parse(address));
  return std::string(json.view());
}

std::string at(std::int64_t nanoseconds) {
  JsonBuffer json;
  json.timestamp(WallTime(Duration(nanoseconds)));
  return std::string(json.view());
}

TEST(JsonBuffer, escapes_what_json_demands_at_every_offset_of_a_word) {
  for (int before = 0; before < 20; ++before) {
    const std::string pad(static_cast<std::size_t>(before), 'a');
    EXPECT_EQ(escaped(pad + "\"\\\n\x01\x7f" + pad), pad + "\\\"\\\\\\n\\u0001\x7f" + pad);
  }
  EXPECT_EQ(escaped(std::string("\0x", 2)), "\\u0000x");
}

TEST(JsonBuffer, replaces_what_is_not_utf8_and_keeps_what_is) {
  EXPECT_EQ(escaped("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80"),
            "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x98\x80");
  const std::string mark = "\xef\xbf\xbd";
  EXPECT_EQ(escaped("a\xff"), "a" + mark);
  EXPECT_EQ(escaped("\xc0\xaf"), mark + mark);                        // overlong
  EXPECT_EQ(escaped("\xed\xa0\x80"), mark + mark + mark);             // surrogate
  EXPECT_EQ(escaped("\xf4\x90\x80\x80"), mark + mark + mark + mark);  // beyond U+10FFFF
  EXPECT_EQ(escaped("\xe2\x82"), mark + mark);                        // cut off
}

TEST(JsonBuffer, grows_beyond_its_place_without_losing_bytes) {
  JsonBuffer json;
  std::string expected = "[";
  json.literal("[");
  for (int i = 0; i < 3000; ++i) {
    json.string("x\"y");
    expected += "\"x\\\"y\",";
  }
  json.close(']');
  json.end_line();
  expected.back() = ']';
  EXPECT_EQ(json.view(), expected + "\n");
}

TEST(JsonBuffer, prints_addresses_as_rfc_5952_wants_them) {
  for (const char* text : {"0.0.0.0", "255.10.9.1", "::", "::1", "2001:db8::", "2001:db8::1:0:0:1",
                           "2001:db8:0:1:1:1:1:1", "1::8", "fe80::a:b:c:d", "1:2:3:4:5:6:7:8", "0:1::", "1:0:0:2::"}) {
    EXPECT_EQ(printed(text), text);
  }
}

TEST(JsonBuffer, prints_times_in_utc_with_microseconds) {
  EXPECT_EQ(at(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(at(1'709'164'799'123'456'999), "2024-02-28T23:59:59.123456Z");
  EXPECT_EQ(at(1'709'164'800'000'000'000), "2024-02-29T00:00:00.000000Z");
}

}  // namespace
}  // namespace ravelin
