#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/near_miss.h"
#include "ravelin/schema.h"

namespace ravelin {
namespace {

using schema::Text;

template <class T>
std::string reread(std::string_view text) {
  auto value = Text<T>::parse(text);
  return value ? Text<T>::print(*value) : value.error().message;
}

TEST(SchemaText, reads_durations_of_one_number_and_one_unit) {
  EXPECT_EQ(*Text<Duration>::parse("100ms"), std::chrono::milliseconds(100));
  EXPECT_EQ(*Text<Duration>::parse("5m"), std::chrono::minutes(5));
  EXPECT_EQ(*Text<Duration>::parse("1w"), std::chrono::hours(168));
  EXPECT_EQ(*Text<Duration>::parse("0"), Duration::zero());
  EXPECT_EQ(reread<Duration>("90s"), "90s");
  EXPECT_EQ(reread<Duration>("120s"), "2m");
  EXPECT_EQ(reread<Duration>("7d"), "1w");
  for (const char* wrong :
       {"", "10", "s", "1.5s", "-1s", "+1s", " 1s", "1 s", "1h30m", "1S", "99999999999w", "15251w"}) {
    EXPECT_FALSE(Text<Duration>::parse(wrong)) << wrong;
  }
  EXPECT_TRUE(Text<Duration>::parse("15250w"));
}

TEST(SchemaText, reads_sizes_in_powers_of_1024_without_overflow) {
  EXPECT_EQ(Text<ByteSize>::parse("16k")->bytes, 16384u);
  EXPECT_EQ(Text<ByteSize>::parse("500")->bytes, 500u);
  EXPECT_EQ(reread<ByteSize>("1024m"), "1g");
  EXPECT_EQ(reread<ByteSize>("1000"), "1000");
  EXPECT_EQ(reread<ByteSize>("0"), "0");
  for (const char* wrong : {"", "k", "1kb", "1K", "-1", "1.5m", "9007199254740992g", "0x10"}) {
    EXPECT_FALSE(Text<ByteSize>::parse(wrong)) << wrong;
  }
}

TEST(SchemaText, reads_rates_and_shares) {
  EXPECT_EQ(*Text<Rate>::parse("100/m"), (Rate{100, std::chrono::minutes(1)}));
  EXPECT_EQ(reread<Rate>("5/s"), "5/s");
  EXPECT_EQ(reread<Percent>("10%"), "10%");
  for (const char* wrong : {"", "5", "/s", "0/s", "5/", "5/w", "-5/s", "5 / s", "4294967296/s"}) {
    EXPECT_FALSE(Text<Rate>::parse(wrong)) << wrong;
  }
  for (const char* wrong : {"", "10", "%", "101%", "-1%", "1.5%"}) EXPECT_FALSE(Text<Percent>::parse(wrong)) << wrong;
}

TEST(SchemaText, reads_numbers_within_their_type) {
  EXPECT_EQ(*Text<std::uint16_t>::parse("65535"), 65535);
  EXPECT_FALSE(Text<std::uint16_t>::parse("65536"));
  EXPECT_FALSE(Text<unsigned>::parse("-1"));
  EXPECT_EQ(*Text<std::int64_t>::parse("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(*Text<double>::parse("0.5"), 0.5);
  EXPECT_EQ(reread<double>("0.1"), "0.1");
  for (const char* wrong : {"", "nan", "inf", "1e999", "0,5"}) EXPECT_FALSE(Text<double>::parse(wrong)) << wrong;
  EXPECT_FALSE(Text<bool>::parse("yes"));
  EXPECT_EQ(reread<int>("x"), "expected a whole number from -2147483648 to 2147483647, got 'x'");
}

TEST(SchemaText, never_prints_a_secret) { EXPECT_EQ(reread<Secret>("hunter2"), "***"); }

TEST(SchemaText, quotes_the_beginning_of_a_long_value_only) {
  EXPECT_LT(reread<int>(std::string(10000, '9')).size(), 200u);
}

TEST(NearMiss, names_the_word_that_was_meant) {
  const std::vector<std::string_view> words{"ratelimit", "waf", "ban", "http/1.1", "h2"};
  EXPECT_EQ(nearest_word("ratelimt", words), "ratelimit");
  EXPECT_EQ(nearest_word("rateilmit", words), "ratelimit");
  EXPECT_EQ(nearest_word("wfa", words), "waf");
  EXPECT_EQ(nearest_word("http1.1", words), "http/1.1");
  EXPECT_EQ(nearest_word("something", words), "");
  EXPECT_EQ(nearest_word("", words), "");
  EXPECT_EQ(nearest_word(std::string(100000, 'x'), words), "");
  EXPECT_EQ(nearest_word("qq", words), "");
}

}  // namespace
}  // namespace ravelin
