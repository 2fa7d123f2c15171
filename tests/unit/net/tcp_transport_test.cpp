#include "net/tcp_transport.h"
#include "net/dial.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <string>

#include "net_fixture.h"

namespace ravelin::net {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using test::End;

class TcpTransportTest : public ::testing::Test {
 protected:
  End accepted(Socket socket) {
    auto transport = std::make_unique<TcpTransport>(*loop, std::move(socket));
    tcp = transport.get();
    return End(std::move(transport), pool);
  }
  void turn(End& end) {
    loop->turn(Duration::zero());
    end.step();
  }

  std::unique_ptr<event::EventLoop> loop = test::make_loop({.recheck = microseconds(500)});
  BlockPool pool;
  TcpTransport* tcp = nullptr;  // the last one made
};

TEST_F(TcpTransportTest, reads_a_request_with_one_call_and_answers_with_one) {
  auto [server, client] = test::make_pair();
  End end = accepted(std::move(server));
  turn(end);
  const IoCounts before = tcp->counts();
  EXPECT_EQ(before.receives, 0u);  // nothing was there, and no call was made to find out
  ASSERT_EQ(::send(client.fd(), "GET / HTTP/1.1\r\n\r\n", 18, 0), 18);
  loop->turn(Duration::zero());
  for (int i = 0; i < 40; ++i) end.out.append(Slice::of_static("some text that is a slice of its own"));
  end.step();
  EXPECT_EQ(end.in.to_string(), "GET / HTTP/1.1\r\n\r\n");
  EXPECT_EQ(tcp->counts().receives - before.receives, 1u);
  EXPECT_EQ(tcp->counts().sends - before.sends, 1u);
  EXPECT_EQ(end.write_status, IoStatus::open);
}

// An answer that came before the peer closed with bytes of ours unread, which is a reset.
TEST_F(TcpTransportTest, gives_what_came_before_a_write_failed) {
  auto [server, client] = test::make_pair();
  End end = accepted(std::move(server));
  end.out.append(std::string_view("unread"));
  turn(end);
  ASSERT_EQ(::send(client.fd(), "no", 2, 0), 2);
  client = Socket();
  end.out.append(std::string_view("more"));
  const IoStatus written = tcp->write(end.out);
  turn(end);
  EXPECT_EQ(end.in.to_string(), "no");
  EXPECT_EQ(written, IoStatus::failed);
  EXPECT_TRUE(tcp->is_peer_gone());
}

TEST_F(TcpTransportTest, makes_no_call_that_is_known_to_block) {
  auto [server, client] = test::make_pair();
  End end = accepted(std::move(server));
  turn(end);
  EXPECT_EQ(tcp->read(end.in, 100), IoStatus::blocked);
  EXPECT_EQ(tcp->counts().receives, 0u);
  end.out.append(test::pattern(4 * 1024 * 1024));
  end.step();
  EXPECT_EQ(end.write_status, IoStatus::blocked);
  const auto sends = tcp->counts().sends;
  EXPECT_EQ(tcp->write(end.out), IoStatus::blocked);
  EXPECT_EQ(tcp->counts().sends, sends);
}

struct Named final : ProxyHeaderEvents {
  Result<void> on_proxy_header(const ProxyHeader& header) override {
    source = header.source.to_string();
    ++calls;
    return {};
  }
  std::string source;
  int calls = 0;
};

TEST_F(TcpTransportTest, reads_a_proxy_header_and_nothing_behind_it_wherever_it_is_split) {
  const std::string header = "PROXY TCP4 203.0.113.7 198.51.100.1 4711 443\r\n", behind = test::pattern(3000);
  for (std::size_t first = 0; first <= header.size() + 3; ++first) {
    auto [server, client] = test::make_pair();
    Named named;
    End end = accepted(std::move(server));
    tcp->await_proxy_header(named);
    const std::string all = header + behind;
    ASSERT_EQ(::send(client.fd(), all.data(), first, 0), static_cast<ssize_t>(first));
    turn(end);
    EXPECT_EQ(tcp->is_handshaking(), first < header.size());
    ASSERT_EQ(::send(client.fd(), all.data() + first, all.size() - first, 0), static_cast<ssize_t>(all.size() - first));
    turn(end);
    ASSERT_EQ(end.in.to_string(), behind) << first;
    EXPECT_EQ(named.source, "203.0.113.7:4711");
    EXPECT_EQ(named.calls, 1);
    end.in.clear();
  }
}

TEST_F(TcpTransportTest, never_reads_beyond_its_budget) {
  auto [server, client] = test::make_pair();
  End end = accepted(std::move(server));
  ASSERT_EQ(::send(client.fd(), test::pattern(10000).data(), 10000, 0), 10000);
  loop->turn(Duration::zero());
  EXPECT_EQ(tcp->read(end.in, 6000), IoStatus::open);
  EXPECT_EQ(end.in.size(), 6000u);
  EXPECT_EQ(tcp->read(end.in, 6000), IoStatus::blocked);
  EXPECT_EQ(end.in.to_string(), test::pattern(10000));
}

TEST_F(TcpTransportTest, reads_two_blocks_with_one_call_once_much_has_come) {
  auto [server, client] = test::make_pair();
  End end = accepted(std::move(server));
  const std::string text = test::pattern(4 * Block::size);
  ASSERT_EQ(::send(client.fd(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  loop->turn(Duration::zero());
  EXPECT_EQ(tcp->read(end.in, Block::size), IoStatus::open);
  EXPECT_EQ(tcp->counts().receives, 1u);
  EXPECT_EQ(tcp->read(end.in, Block::size + 10'000), IoStatus::open);
  EXPECT_EQ(end.in.size(), 2 * Block::size + 10'000);  // not a byte beyond the budget
  EXPECT_EQ(tcp->counts().receives, 2u);
  EXPECT_EQ(tcp->read(end.in, 2 * Block::size), IoStatus::blocked);
  EXPECT_EQ(tcp->counts().receives, 3u);
  EXPECT_TRUE(end.in.to_string() == text);
  end.in.clear();
  EXPECT_EQ(pool.in_use(), 0u);
}

TEST_F(TcpTransportTest, gets_bytes_and_end_that_came_together_in_one_read) {
  auto [server, client] = test::make_pair();
  End end = accepted(std::move(server));
  ASSERT_EQ(::send(client.fd(), "bye", 3, 0), 3);
  client.close();
  turn(end);
  EXPECT_EQ(end.read_status, IoStatus::ended);
  EXPECT_EQ(end.in.to_string(), "bye");
}

TEST_F(TcpTransportTest, can_answer_after_the_peer_has_ended_its_side) {
  auto [server, client] = test::make_pair();
  End end = accepted(std::move(server));
  ::shutdown(client.fd(), SHUT_WR);
  turn(end);
  EXPECT_EQ(end.read_status, IoStatus::ended);
  end.out.append("answer");
  end.step();
  end.transport().close_write();
  char text[16];
  EXPECT_EQ(::recv(client.fd(), text, sizeof text, 0), 6);
  EXPECT_EQ(::recv(client.fd(), text, sizeof text, 0), 0);
}

TEST_F(TcpTransportTest, carries_a_mebibyte_both_ways_through_full_buffers) {
  auto [a, b] = test::make_pair();
  End first = accepted(std::move(a));
  End second = accepted(std::move(b));
  first.budget = second.budget = 5000;
  const std::string text = test::pattern(1 << 20);
  first.out.append(text);
  second.out.append(text);
  for (int i = 0; i < 5000 && (first.in.size() < text.size() || second.in.size() < text.size()); ++i) {
    loop->turn(Duration::zero());
    first.step();
    second.step();
  }
  EXPECT_TRUE(first.in.to_string() == text);
  EXPECT_TRUE(second.in.to_string() == text);
}

TEST_F(TcpTransportTest, fails_with_the_clients_code_when_it_resets) {
  auto [server, client] = test::make_tcp_pair();
  End end = accepted(std::move(server));
  turn(end);
  client.reset_on_close();
  client.close();
  turn(end);
  EXPECT_EQ(end.read_status, IoStatus::failed);
  EXPECT_EQ(end.transport().error().code, "client:reset");
  EXPECT_EQ(end.transport().error().side, Side::client);
  EXPECT_EQ(end.transport().write(end.out), IoStatus::failed);
}

TEST_F(TcpTransportTest, hears_of_a_reset_that_came_together_with_the_last_bytes) {
  auto [server, client] = test::make_tcp_pair();
  End end = accepted(std::move(server));
  turn(end);
  ASSERT_EQ(::send(client.fd(), "request", 7, 0), 7);
  client.reset_on_close();
  client.close();
  turn(end);
  for (int turns = 0; end.read_status != IoStatus::failed && turns < 10; ++turns) {
    loop->turn(milliseconds(50));
    end.step();
  }
  EXPECT_EQ(end.read_status, IoStatus::failed);
}

TEST_F(TcpTransportTest, resets_its_peer_when_aborted) {
  auto [server, client] = test::make_tcp_pair();
  {
    End end = accepted(std::move(server));
    end.transport().abort();
  }
  char byte;
  EXPECT_EQ(::recv(client.fd(), &byte, 1, 0), -1);
  EXPECT_EQ(errno, ECONNRESET);
  EXPECT_EQ(loop->watches(), 0u);
}

TEST_F(TcpTransportTest, writes_to_a_closed_peer_fail_without_a_signal) {
  auto [server, client] = test::make_pair();
  End end = accepted(std::move(server));
  client.close();
  end.out.append("x");
  EXPECT_EQ(end.transport().write(end.out), IoStatus::failed);
  EXPECT_EQ(end.transport().error().code, "client:reset");
}

TEST_F(TcpTransportTest, connects_and_says_when) {
  auto listening = *listen_on(*SocketAddress::parse("127.0.0.1:0"), {});
  auto transport = start_dial({listening.local_address()}, *loop, pool);
  ASSERT_TRUE(transport.is_ok());
  End end(*std::move(transport), pool);
  EXPECT_TRUE(end.transport().is_handshaking());
  end.out.append("early");
  EXPECT_EQ(end.transport().write(end.out), IoStatus::blocked);
  loop->turn(Duration::zero());
  EXPECT_FALSE(end.transport().is_handshaking());
  end.step();
  Socket peer(::accept(listening.fd(), nullptr, nullptr));
  char text[8];
  EXPECT_EQ(::recv(peer.fd(), text, sizeof text, 0), 5);
}

TEST_F(TcpTransportTest, says_why_a_connection_was_not_made) {
  auto listening = *listen_on(*SocketAddress::parse("127.0.0.1:0"), {});
  const SocketAddress nobody = listening.local_address();
  listening.close();
  auto transport = start_dial({nobody}, *loop, pool);
  ASSERT_TRUE(transport.is_ok());
  End end(*std::move(transport), pool);
  turn(end);
  EXPECT_FALSE(end.transport().is_handshaking());
  EXPECT_EQ(end.read_status, IoStatus::failed);
  EXPECT_EQ(end.transport().error().code, "upstream:connect_refused");
  EXPECT_TRUE(end.transport().error().is_retryable);
}

TEST_F(TcpTransportTest, returns_at_once_the_failures_known_at_once) {
  auto transport = start_dial({{{}, 0, "/nonexistent/ravelin.sock"}}, *loop, pool);
  ASSERT_FALSE(transport.is_ok());
  EXPECT_EQ(transport.error().code, "upstream:connect_refused");
}

TEST_F(TcpTransportTest, holds_no_block_when_idle) {
  auto [server, client] = test::make_pair();
  End end = accepted(std::move(server));
  ASSERT_EQ(::send(client.fd(), "x", 1, 0), 1);
  turn(end);
  end.in.clear();
  turn(end);
  EXPECT_EQ(pool.in_use(), 0u);
}

}  // namespace
}  // namespace ravelin::net
