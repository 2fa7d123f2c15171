#include "net/socket.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <string>

#include "net_fixture.h"

namespace ravelin::net {
namespace {

int option(const Socket& socket, int level, int name) {
  int value = -1;
  socklen_t size = sizeof value;
  ::getsockopt(socket.fd(), level, name, &value, &size);
  return value;
}

std::string unix_path(const char* name) {
  return (std::filesystem::temp_directory_path() / (std::string("ravelin-") + std::to_string(::getpid()) + name))
      .string();
}

TEST(Socket, is_not_connected_with_a_descriptor_that_is_kept_for_others) {
  auto listening = listen_on(*SocketAddress::parse("127.0.0.1:0"), {});
  ASSERT_TRUE(listening.is_ok());
  const auto refused = start_connect(listening->local_address(), 0);
  ASSERT_FALSE(refused.is_ok());
  EXPECT_EQ(refused.error().code, "local:socket");
  EXPECT_EQ(refused.error().status, 503);
  EXPECT_NE(refused.error().message.find("LimitNOFILE"), std::string::npos);
}

TEST(Socket, closes_its_descriptor_once) {
  auto [a, b] = test::make_pair();
  const int fd = a.fd();
  Socket moved = std::move(a);
  moved.close();
  EXPECT_EQ(::fcntl(fd, F_GETFD), -1);
  EXPECT_FALSE(moved.is_open());
}

TEST(ListenOn, lets_every_worker_have_the_port) {
  auto first = listen_on(*SocketAddress::parse("127.0.0.1:0"), {});
  ASSERT_TRUE(first.is_ok());
  auto second = listen_on(first->local_address(), {});
  EXPECT_TRUE(second.is_ok());
}

TEST(ListenOn, binds_ipv4_and_ipv6_to_one_port) {
  auto v4 = listen_on(*SocketAddress::parse("0.0.0.0:0"), {});
  ASSERT_TRUE(v4.is_ok());
  auto v6 = listen_on(*SocketAddress::parse("[::]:" + std::to_string(v4->local_address().port)), {});
  EXPECT_TRUE(v6.is_ok() || v6.error().message.find("not supported") != std::string::npos);
}

TEST(ListenOn, says_in_a_sentence_why_it_cannot) {
  const ListenOptions alone{.shares_port = false};
  auto first = listen_on(*SocketAddress::parse("127.0.0.1:0"), alone);
  ASSERT_TRUE(first.is_ok());
  auto second = listen_on(first->local_address(), alone);
  ASSERT_FALSE(second.is_ok());
  EXPECT_EQ(second.error().message, "cannot listen on " + first->local_address().to_string() +
                                        ": Address already in use; stop the program that holds it or choose another");
  auto foreign = listen_on(*SocketAddress::parse("192.0.2.1:1"), {});
  ASSERT_FALSE(foreign.is_ok());
  EXPECT_NE(foreign.error().message.find("no interface of this machine has it"), std::string::npos);
}

TEST(ListenOn, may_bind_an_address_that_appears_later) {
  EXPECT_TRUE(listen_on(*SocketAddress::parse("192.0.2.1:0"), {.may_bind_early = true}).is_ok());
}

TEST(ListenOn, replaces_a_unix_socket_nobody_answers_on_and_no_other) {
  const SocketAddress address{{}, 0, unix_path("-stale")};
  auto first = listen_on(address, {});
  ASSERT_TRUE(first.is_ok());
  struct stat status;
  ASSERT_EQ(::stat(address.path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0660u);
  EXPECT_FALSE(listen_on(address, {}).is_ok());
  first->close();
  EXPECT_TRUE(listen_on(address, {}).is_ok());
  ::unlink(address.path.c_str());
}

TEST(ListenOn, leaves_a_file_that_is_no_socket) {
  const std::string path = unix_path("-file");
  ASSERT_EQ(::close(::creat(path.c_str(), 0600)), 0);
  EXPECT_FALSE(listen_on({{}, 0, path}, {}).is_ok());
  EXPECT_TRUE(std::filesystem::is_regular_file(path));
  ::unlink(path.c_str());
}

TEST(ListenOn, refuses_a_unix_path_the_kernel_cannot_hold) {
  auto refused = listen_on({{}, 0, std::string(108, 'x')}, {});
  ASSERT_FALSE(refused.is_ok());
  EXPECT_NE(refused.error().message.find("longer than 107 bytes"), std::string::npos);
}

TEST(ListenOn, gives_accepted_sockets_no_delay) {
  auto [server, client] = test::make_tcp_pair();
  EXPECT_NE(option(server, IPPROTO_TCP, TCP_NODELAY), 0);
  EXPECT_NE(option(client, IPPROTO_TCP, TCP_NODELAY), 0);
}

TEST(ConnectError, keeps_refusal_absence_and_silence_apart) {
  const auto to = *SocketAddress::parse("192.0.2.1:80");
  EXPECT_EQ(connect_error(ECONNREFUSED, to).code, "upstream:connect_refused");
  EXPECT_EQ(connect_error(EHOSTUNREACH, to).code, "upstream:unreachable");
  EXPECT_EQ(connect_error(ETIMEDOUT, to).code, "upstream:connect_timeout");
  EXPECT_EQ(connect_error(ETIMEDOUT, to).status, 504);
  EXPECT_EQ(connect_error(ECONNREFUSED, to).message,
            "cannot connect to 192.0.2.1:80: Connection refused; check that it runs and listens there");
}

}  // namespace
}  // namespace ravelin::net
