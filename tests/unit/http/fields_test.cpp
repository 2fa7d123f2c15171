#include "http/fields.h"

#include <gtest/gtest.h>

#include <string>

#include "http/chars.h"

namespace ravelin::http {

TEST(Fields, a_token_is_what_the_rfc_lists) {
  const std::string_view marks = "!#$%&'*+-.^_`|~";
  for (int c = 0; c < 256; ++c) {
    const char byte = static_cast<char>(c);
    const bool is_alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    const bool expected = is_alnum || (c != 0 && marks.find(byte) != std::string_view::npos);
    EXPECT_EQ(is_token({&byte, 1}), expected) << c;
    EXPECT_EQ(is_lower_token({&byte, 1}), expected && !(c >= 'A' && c <= 'Z')) << c;
  }
  EXPECT_FALSE(is_token(""));
  EXPECT_FALSE(is_lower_token("x-Y"));
}

TEST(Fields, a_value_has_no_control_character_wherever_it_stands) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string value(size, 'x');
        value[at] = static_cast<char>(c);
        ASSERT_EQ(is_field_value(value), (c >= 0x20 && c != 0x7f) || c == '\t') << c << " at " << at << " of " << size;
      }
    }
  }
}

TEST(Fields, the_first_control_character_is_found_wherever_it_stands) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      std::string value(size, '\xe4');
      value.back() = '\r';
      value[at] = '\n';
      if (at > 0) value[at - 1] = '\t';
      const char* const begin = value.data();
      ASSERT_EQ(chars::find_control(begin, begin + size) - begin, static_cast<std::ptrdiff_t>(at)) << size;
      ASSERT_EQ(chars::find_control(begin, begin + at), begin + at) << size;
    }
  }
}

TEST(Fields, a_list_has_trimmed_items_and_no_empty_ones) {
  std::string items;
  ListItems list(" a,, \tb ,c,\t");
  while (const auto item = list.next()) items.append(*item).append("|");
  EXPECT_EQ(items, "a|b|c|");
  EXPECT_TRUE(list_has("Keep-Alive, CLOSE", "close"));
  EXPECT_FALSE(list_has("closed, a close", "close"));
}

TEST(Fields, what_frames_routes_authenticates_or_identifies_is_no_trailer) {
  for (const std::string_view name :
       {"content-length", "transfer-encoding", "host", "authorization", "cookie", "set-cookie", "x-forwarded-for",
        "x-forwarded-proto", "forwarded", "x-real-ip", "x-ssl-client-cert", "content-type", "cache-control", "expect",
        "te", "trailer", "connection"})
    EXPECT_FALSE(may_be_trailer(name)) << name;
  for (const std::string_view name : {"grpc-status", "grpc-message", "x-checksum", "server-timing", "digest", "etag"})
    EXPECT_TRUE(may_be_trailer(name)) << name;
}

TEST(Fields, odd_names_are_dropped_unless_they_could_pass_for_another) {
  RequestHead head;
  head.fields.add("accept", "a");
  head.fields.add("my_field", "b");
  head.fields.add("my.field", "c");
  ASSERT_TRUE(screen_odd_names(head.fields));
  ASSERT_EQ(head.fields.size(), 1U);
  EXPECT_TRUE(head.fields.has("accept"));

  head.fields.add("x-user", "d");
  head.fields.add("x.user", "e");
  EXPECT_EQ(screen_odd_names(head.fields).error().code, "http:odd_field_name");
  for (const std::string_view twin : {"content_length", "x_forwarded_for", "x_real.ip", "client_cert",
                                      "x~forwarded!for", "content+length", "x^scheme"}) {
    RequestHead other;
    other.fields.add(twin, "1");
    EXPECT_EQ(screen_odd_names(other.fields).error().status, 400) << twin;
  }
}

TEST(Fields, everything_hop_by_hop_is_owned_by_the_head) {
  for (const std::string_view name : {"connection", "keep-alive", "proxy-connection", "te", "trailer", "upgrade",
                                      "transfer-encoding", "http2-settings", "proxy-authorization"}) {
    EXPECT_TRUE(is_hop_by_hop(name)) << name;
    EXPECT_TRUE(is_owned(name)) << name;
  }
  EXPECT_TRUE(is_owned("host"));
  EXPECT_TRUE(is_owned("content-length"));
  EXPECT_FALSE(is_owned("cookie"));
}

}  // namespace ravelin::http
