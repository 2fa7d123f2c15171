#include "net/listener.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <vector>

#include "net/descriptors.h"
#include "net_fixture.h"

namespace ravelin::net {
namespace {

struct Accepted final : AcceptEvents {
  void on_accept(Socket socket, const SocketAddress& peer) override {
    sockets.push_back(std::move(socket));
    peers.push_back(peer);
    if (then) then();
  }
  void on_accept_failed(const Error& error) override { errors.push_back(error); }

  std::vector<Socket> sockets;
  std::vector<SocketAddress> peers;
  std::vector<Error> errors;
  Function<void()> then;
};

class ListenerTest : public ::testing::Test {
 protected:
  void connect(int count) {
    for (int i = 0; i < count; ++i) {
      auto client = start_connect(listener.address());
      ASSERT_TRUE(client.is_ok());
      clients.push_back(*std::move(client));
    }
  }
  static int next_free_descriptor() { return Socket(::open("/dev/null", O_RDONLY | O_CLOEXEC)).fd(); }
  void turn(int times = 1) {
    for (int i = 0; i < times; ++i) loop->turn(Duration::zero());
  }

  std::unique_ptr<event::EventLoop> loop = test::make_loop();
  Accepted accepted;
  Listener listener{*loop, *listen_on(*SocketAddress::parse("127.0.0.1:0"), {}), accepted};
  std::vector<Socket> clients;
};

TEST_F(ListenerTest, accepts_with_the_peers_address) {
  ASSERT_TRUE(listener.resume());
  connect(2);
  turn();
  ASSERT_EQ(accepted.sockets.size(), 2u);
  EXPECT_EQ(accepted.peers[0], clients[0].local_address());
  EXPECT_NE(::fcntl(accepted.sockets[0].fd(), F_GETFL) & O_NONBLOCK, 0);
}

TEST_F(ListenerTest, accepts_a_batch_per_turn_and_the_rest_in_the_next) {
  ASSERT_TRUE(listener.resume());
  connect(Listener::batch + 6);
  turn();
  EXPECT_EQ(accepted.sockets.size(), static_cast<std::size_t>(Listener::batch));
  turn();
  EXPECT_EQ(accepted.sockets.size(), static_cast<std::size_t>(Listener::batch + 6));
}

TEST_F(ListenerTest, leaves_clients_waiting_while_paused) {
  ASSERT_TRUE(listener.resume());
  accepted.then = [&] {
    if (accepted.sockets.size() == 3) listener.pause();  // at a cap, in the middle of a batch
  };
  connect(5);
  turn(3);
  EXPECT_EQ(accepted.sockets.size(), 3u);
  EXPECT_EQ(loop->watches(), 0u);
  ASSERT_TRUE(listener.resume());
  turn();
  EXPECT_EQ(accepted.sockets.size(), 5u);
}

TEST_F(ListenerTest, takes_those_who_wait_before_it_closes) {
  connect(3);
  listener.close();
  EXPECT_EQ(accepted.sockets.size(), 3u);
  EXPECT_TRUE(listener.resume());  // does nothing any more
  EXPECT_FALSE(listener.is_accepting());
  EXPECT_EQ(loop->watches() + loop->timers(), 0u);
}

TEST_F(ListenerTest, survives_a_client_that_is_gone_before_it_is_accepted) {
  ASSERT_TRUE(listener.resume());
  connect(2);
  clients[0].reset_on_close();
  clients[0].close();
  turn();
  EXPECT_GE(accepted.sockets.size(), 1u);
  EXPECT_TRUE(accepted.errors.empty());
}

TEST_F(ListenerTest, waits_without_spinning_when_descriptors_run_out_and_recovers) {
  ASSERT_TRUE(listener.resume());
  connect(2);
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<Socket> fillers;
  const rlimit low{static_cast<rlim_t>(clients.back().fd() + 1), before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  for (int fd; (fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) fillers.emplace_back(fd);
  turn(3);
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
  ASSERT_EQ(accepted.errors.size(), 1u);
  EXPECT_NE(accepted.errors[0].message.find("LimitNOFILE"), std::string::npos);
  EXPECT_EQ(loop->watches(), 0u);  // nothing to spin on
  for (int turns = 0; accepted.sockets.size() < 2 && turns < 10; ++turns) loop->turn(std::chrono::seconds(1));
  EXPECT_EQ(accepted.sockets.size(), 2u);
  EXPECT_EQ(accepted.errors.size(), 1u);
}

TEST_F(ListenerTest, tries_again_if_it_cannot_be_watched_at_first) {
  Socket unwatchable(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  const int number = unwatchable.fd();
  Listener late(*loop, std::move(unwatchable), accepted);
  EXPECT_FALSE(late.resume());
  EXPECT_FALSE(late.is_accepting());
  auto socket = listen_on(*SocketAddress::parse("127.0.0.1:0"), {});
  ASSERT_TRUE(socket.is_ok());
  ASSERT_EQ(::dup2(socket->fd(), number), number);
  clients.push_back(*start_connect(socket->local_address()));
  for (int turns = 0; accepted.sockets.empty() && turns < 10; ++turns) loop->turn(std::chrono::seconds(1));
  EXPECT_EQ(accepted.sockets.size(), 1u);
  EXPECT_TRUE(late.is_accepting());
}

// The kernel gives the lowest number that is free, so the end is met when all below it are in use.
TEST_F(ListenerTest, leaves_the_descriptors_behind_its_end_to_others) {
  auto socket = listen_on(*SocketAddress::parse("127.0.0.1:0"), {});
  ASSERT_TRUE(socket.is_ok());
  const SocketAddress address = socket->local_address();
  for (int i = 0; i < 4; ++i) clients.push_back(*start_connect(address));
  const int next_free = next_free_descriptor();
  Listener bounded(*loop, *std::move(socket), accepted, next_free + 2);
  ASSERT_TRUE(bounded.resume());
  turn(3);
  ASSERT_EQ(accepted.sockets.size(), 2u);
  EXPECT_LT(accepted.sockets[1].fd(), next_free + 2);
  EXPECT_EQ(accepted.errors.size(), 1u);
  EXPECT_FALSE(bounded.is_accepting());
  loop->turn(std::chrono::seconds(1));  // tried again: nothing has changed, and nobody is lost by it
  EXPECT_EQ(accepted.sockets.size(), 2u);
  accepted.sockets.erase(accepted.sockets.begin());
  for (int turns = 0; accepted.sockets.size() < 2 && turns < 10; ++turns) loop->turn(std::chrono::seconds(1));
  EXPECT_EQ(accepted.sockets.size(), 2u);
}

TEST(Descriptors, leave_some_of_all_to_upstreams_and_some_to_the_admin_endpoint) {
  const Descriptors many = Descriptors::of(1024);
  EXPECT_EQ(many.for_upstreams, 960);
  EXPECT_EQ(many.for_clients, 840);
  EXPECT_EQ(many.most_clients(), 480);
  const Descriptors few = Descriptors::of(40);
  EXPECT_EQ(few.for_upstreams, 20);
  EXPECT_GT(Descriptors::of(UINT64_MAX).for_clients, 1'000'000);
}

}  // namespace
}  // namespace ravelin::net
