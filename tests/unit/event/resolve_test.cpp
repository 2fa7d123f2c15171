#include "event/resolve.h"

#include <gtest/gtest.h>

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

}  // namespace
}  // namespace ravelin::event
