#include "observe/masking.h"

#include <gtest/gtest.h>

namespace ravelin::observe {
namespace {

TEST(MaskPath, hides_parameters_of_segments) {
  EXPECT_EQ(mask_path("/shop/cart;jsessionid=0A1B2C"), "/shop/cart;jsessionid=***");
  EXPECT_EQ(mask_path("/shop;JSESSIONID=0A;x=1/cart;token=a/end"), "/shop;JSESSIONID=***;x=1/cart;token=***/end");
  EXPECT_EQ(mask_path("/shop;key=/a"), "/shop;key=/a");
  EXPECT_EQ(mask_path("/reset/uid=5/token=abc"), "/reset/uid=5/token=***");
  EXPECT_EQ(mask_path("/shop;lang=en/cart/session=X/otp=1;pin=2"), "/shop;lang=en/cart/session=***/otp=***;pin=2");
  EXPECT_EQ(mask_path("/" + std::string(200, '%') + "/key=a//"), "/" + std::string(200, '%') + "/key=***//");
  EXPECT_EQ(mask_path("/item;color=red/size"), "/item;color=red/size");
  EXPECT_EQ(mask_path("/"), "/");
}

TEST(Masking, hides_the_values_of_secret_names_in_queries) {
  EXPECT_EQ(mask_query("q=shoes&page=2"), "q=shoes&page=2");
  EXPECT_EQ(mask_query("user=bob&Password=x y&n=1"), "user=bob&Password=***&n=1");
  EXPECT_EQ(mask_query("access_token=abc"), "access_token=***");
  EXPECT_EQ(mask_query("API-KEY=abc;otp=1"), "API-KEY=***;otp=***");
  EXPECT_EQ(mask_query("card[cvv]=123&session.id=9"), "card[cvv]=***&session.id=***");
  EXPECT_EQ(mask_query("token=a=b=c&x"), "token=***&x");
  EXPECT_EQ(mask_query("token=&pwd"), "token=&pwd");
  EXPECT_EQ(mask_query("password=hunter%26Secret99%3Bx%23&n=1"), "password=***&n=1");
  EXPECT_EQ(mask_query("jwt=a.b.c"), "jwt=***");
  EXPECT_EQ(mask_query(""), "");
}

TEST(Masking, sees_through_percent_encoding_and_queries_inside_values) {
  EXPECT_EQ(mask_query("p%61ssword=x"), "p%61ssword=***");
  EXPECT_EQ(mask_query("next=%2Flogin%3Ftoken%3Dabc%26n%3D1&m=2"), "next=%2Flogin%3Ftoken%3D***%26n%3D1&m=2");
  EXPECT_EQ(mask_query("next=/a?token=abc"), "next=/a?token=***");
  EXPECT_EQ(mask_query("%&%4=%zz&pass%=1"), "%&%4=%zz&pass%=***");
}

TEST(Masking, hides_card_numbers_wherever_they_stand_but_no_other_numbers) {
  EXPECT_EQ(mask_query("n=4111111111111111&m=1"), "n=***&m=1");
  EXPECT_EQ(mask_query("n=4111-1111-1111-1111"), "n=***");
  EXPECT_EQ(mask_query("5500+0000+0000+0004"), "***");
  EXPECT_EQ(mask_query("n=4111111111111112"), "n=4111111111111112");                // no Luhn
  EXPECT_EQ(mask_query("n=1700000000000000000"), "n=1700000000000000000");          // a time
  EXPECT_EQ(mask_query("n=41111111111111111111111"), "n=41111111111111111111111");  // too long
  EXPECT_EQ(mask_text("paid with 378282246310005, twice"), "paid with ***, twice");
  EXPECT_EQ(mask_text("4111 1111 1111 1111"), "***");
}

TEST(Masking, hides_what_is_assigned_to_secret_names_in_text) {
  EXPECT_EQ(mask_text("password=hunter2, user=bob"), "password=***, user=bob");
  EXPECT_EQ(mask_text("{\"token\": \"a\\\"b\", \"n\": 1}"), "{\"token\": \"***\", \"n\": 1}");
  EXPECT_EQ(mask_text("Authorization: Basic dXNlcjpwYXNz\nHost: a"), "Authorization: ***\nHost: a");
  EXPECT_EQ(mask_text("Set-Cookie: sid=1; Path=/"), "Set-Cookie: ***");
  EXPECT_EQ(mask_text("sent Bearer abcdefghij0123456789 twice"), "sent Bearer *** twice");
  EXPECT_EQ(mask_text("no secret here: 21 of 20 in 10s"), "no secret here: 21 of 20 in 10s");
}

TEST(Masking, hides_what_a_rule_matched_in_a_secret_variable) {
  EXPECT_EQ(mask_text("Matched Data: hunter2 found within ARGS:password: hunter2 or 1=1 [file \"x\"]"),
            "Matched Data: *** found within ARGS:password: *** [file \"x\"]");
  EXPECT_EQ(mask_text("Matched Data: or 1= found within ARGS:q: or 1=1"),
            "Matched Data: or 1= found within ARGS:q: or 1=1");
  EXPECT_EQ(mask_text("Matched Data: a found within REQUEST_COOKIES:sid: abc"),
            "Matched Data: *** found within REQUEST_COOKIES:***");
}

// Whatever the text, the walk ends and spans lie in order.
TEST(Masking, walks_any_text_forwards) {
  std::uint64_t random = 3;
  const std::string_view alphabet = "%3D26&;=?#4111-+ :\"'\\tokenMatched Data: pass\n";
  for (int round = 0; round < 3000; ++round) {
    std::string text;
    for (int i = 0; i < 60; ++i) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      text.push_back(alphabet[(random >> 33) % alphabet.size()]);
    }
    for (auto next : {next_secret_in_query, next_secret_in_text}) {
      std::size_t at = 0;
      while (const auto span = next(text, at)) {
        ASSERT_LT(span->begin, span->end) << text;
        ASSERT_GE(span->begin, at) << text;
        ASSERT_LE(span->end, text.size()) << text;
        at = span->end;
      }
    }
  }
}

}  // namespace
}  // namespace ravelin::observe
