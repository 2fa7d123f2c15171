#include "event/resolve.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "event/sockaddr.h"

namespace ravelin::event {
namespace {

TEST(Resolve, takes_addresses_as_they_are) {
  auto v4 = resolve("192.0.2.7");
  ASSERT_TRUE(v4.is_ok());
  EXPECT_EQ(*v4, std::vector{*Address::parse("192.0.2.7")});
  auto v6 = resolve("2001:db8::7");
  ASSERT_TRUE(v6.is_ok());
  EXPECT_EQ(*v6, std::vector{*Address::parse("2001:db8::7")});
}

TEST(Resolve, says_which_name_it_could_not_resolve_and_what_to_do) {
  auto none = resolve("no such host");
  ASSERT_FALSE(none.is_ok());
  EXPECT_NE(none.error().message.find("cannot resolve 'no such host'"), std::string::npos) << none.error().message;
}

TEST(SystemAddress, goes_there_and_back_for_every_family) {
  for (const char* text : {"192.0.2.1:80", "[2001:db8::1]:443", "unix:/run/x.sock"}) {
    const auto address = *SocketAddress::parse(text);
    EXPECT_EQ(from_system(to_system(address)), address) << text;
  }
  EXPECT_EQ(to_system(SocketAddress{{}, 0, std::string(108, 'x')}).size, 0u);
}

std::promise<void> release;
std::promise<void> has_released;

TEST(Resolve, waits_no_longer_than_it_may_for_those_that_do_not_answer) {
  release = {};
  has_released = {};
  const auto ask = [](std::string_view host) -> Result<std::vector<Address>> {
    if (host == "silent") {
      release.get_future().wait();
      has_released.set_value();
    }
    return std::vector<Address>{Address::v4({192, 0, 2, 7})};
  };
  const auto answers = resolve_all({"good", "other", "silent"}, std::chrono::seconds(1), ask);
  ASSERT_EQ(answers.size(), 3U);
  EXPECT_TRUE(answers.at("good"));
  EXPECT_TRUE(answers.at("other"));
  ASSERT_FALSE(answers.at("silent"));
  EXPECT_NE(answers.at("silent").error().message.find("the resolver does not answer"), std::string::npos);
  release.set_value();
  has_released.get_future().wait();
  EXPECT_TRUE(resolve_all({}, std::chrono::hours(1), ask).empty());
}

}  // namespace
}  // namespace ravelin::event
