#include "net/tls_transport.h"

#include <gtest/gtest.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <random>
#include <string>

#include "ravelin/testing/manual_loop.h"
#include "tls_fixture.h"

namespace ravelin::net {
namespace {

using config::Protocol;
using test::ClientOptions;
using test::TlsClient;
using test::TlsServer;

class TlsTransportTest : public ::testing::TestWithParam<int> {
 protected:
  static config::Tls make_tls() {
    static test::TestCertificates folder;
    static const config::Certificate certificate = folder.issue("shop", {.names = {"shop.example.com"}});
    config::Tls tls;
    tls.certificates = {certificate};
    return tls;
  }
  int version() const { return GetParam(); }
  ClientOptions options() const { return {.server_name = "Shop.Example.com", .version = version()}; }
  std::string code() const { return std::string(server.end->transport().error().code); }

  TlsServer server{make_tls(), {Protocol::h2, Protocol::http11}};
};

INSTANTIATE_TEST_SUITE_P(Versions, TlsTransportTest, ::testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& version) { return version.param == TLS1_2_VERSION ? "tls12" : "tls13"; });

TEST_P(TlsTransportTest, tells_what_the_handshake_agreed_on) {
  auto with_alpn = options();
  with_alpn.protocols = {"http/1.1", "h2"};
  TlsClient& client = server.connect(with_alpn);
  ASSERT_TRUE(client.is_connected());
  ASSERT_FALSE(server.transport->is_handshaking());
  EXPECT_EQ(server.transport->tls().version, version() == TLS1_2_VERSION ? "1.2" : "1.3");
  EXPECT_EQ(server.transport->tls().cipher, SSL_get_cipher_name(client.ssl()));
  EXPECT_EQ(server.transport->tls().server_name, "shop.example.com");
  EXPECT_FALSE(server.transport->tls().is_resumed);
  EXPECT_EQ(server.transport->alpn(), "h2");  // our order counts
  EXPECT_EQ(client.protocol(), "h2");
}

TEST_P(TlsTransportTest, takes_the_cheapest_cipher_unless_the_client_begins_with_chacha) {
  const bool is_old = version() == TLS1_2_VERSION;
  const auto chosen = [&](const char* ciphers, const char* suites) {
    server.connect({.version = version(), .ciphers = ciphers, .suites = suites});
    return server.transport->tls().cipher;
  };
  const std::string_view aes128 = is_old ? "ECDHE-ECDSA-AES128-GCM-SHA256" : "TLS_AES_128_GCM_SHA256";
  const std::string_view aes256 = is_old ? "ECDHE-ECDSA-AES256-GCM-SHA384" : "TLS_AES_256_GCM_SHA384";
  const std::string_view chacha = is_old ? "ECDHE-ECDSA-CHACHA20-POLY1305" : "TLS_CHACHA20_POLY1305_SHA256";
  EXPECT_EQ(chosen("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256",
                   "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"),
            aes128);
  EXPECT_EQ(chosen("ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256",
                   "TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256"),
            chacha);
  EXPECT_EQ(chosen("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_AES_256_GCM_SHA384"), aes256);
}

TEST_P(TlsTransportTest, shakes_hands_with_one_call_per_flight) {
  server.connect(options());
  ASSERT_FALSE(server.transport->is_handshaking());
  // Two flights each way; the session ticket of TLS 1.3 waits for the first answer or the turn's end.
  EXPECT_EQ(server.transport->counts().receives, 2u);
  EXPECT_EQ(server.transport->counts().sends, 2u);
}

TEST_P(TlsTransportTest, serves_a_request_with_one_receive_and_one_send) {
  TlsClient& client = server.connect(options());
  for (int request = 0; request < 3; ++request) {
    const IoCounts before = server.transport->counts();
    client.out = "GET / HTTP/1.1\r\nHost: shop.example.com\r\n\r\n";
    client.step();
    server.loop->turn(Duration::zero());
    for (int i = 0; i < 40; ++i) server.end->out.append(Slice::of_static("a piece of an answer, as codecs make them"));
    server.end->step();
    EXPECT_EQ(server.transport->counts().receives - before.receives, 1u);
    EXPECT_EQ(server.transport->counts().sends - before.sends, 1u);
    server.run();
  }
  EXPECT_EQ(server.end->in.size(), 3 * 42u);
  EXPECT_EQ(client.in.size(), 3 * 40 * 41u);
}

TEST_P(TlsTransportTest, fills_records_from_small_slices) {
  TlsClient& client = server.connect(options());
  for (int i = 0; i < 32; ++i) {
    Chain piece(server.pool);
    piece.append(test::pattern(1024));
    server.end->out.append(std::move(piece));
  }
  server.end->step();
  char wire[40000];
  const auto size = ::recv(client.socket().fd(), wire, sizeof wire, 0);
  const std::ptrdiff_t overhead = version() == TLS1_2_VERSION ? 29 : 22;
  EXPECT_EQ(size, 2 * (16384 + overhead));
}

TEST_P(TlsTransportTest, sends_a_short_rest_with_what_is_before_it) {
  server.connect(options());
  const IoCounts before = server.transport->counts();
  server.end->out.append(test::pattern(64 * 1024 + 36));
  server.end->step();
  EXPECT_EQ(server.end->write_status, IoStatus::open);
  EXPECT_EQ(server.transport->counts().sends - before.sends, 1u);
}

TEST_P(TlsTransportTest, receives_two_blocks_with_one_call_once_much_has_come) {
  TlsClient& client = server.connect(options());
  server.run();
  client.out = test::pattern(6 * 16384);
  client.step();
  server.loop->turn(Duration::zero());
  const IoCounts before = server.transport->counts();
  Chain in(server.pool);
  EXPECT_EQ(server.transport->read(in, 16384), IoStatus::open);
  EXPECT_EQ(server.transport->read(in, 8 * 16384), IoStatus::blocked);
  EXPECT_EQ(server.transport->counts().receives - before.receives, 3u);  // of one block, of two and of the rest
  EXPECT_TRUE(in.to_string() == test::pattern(6 * 16384));
}

TEST_P(TlsTransportTest, receives_no_more_than_a_block_ahead_of_what_is_wanted) {
  TlsClient& client = server.connect(options());
  server.run();
  client.out = test::pattern(9 * 16384);
  client.step();
  server.loop->turn(Duration::zero());
  Chain in(server.pool);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(server.transport->read(in, 16384), IoStatus::open);
    in.clear();
    EXPECT_LE(server.pool.in_use(), 1u);
  }
}

// A byte costs a record then.
TEST_P(TlsTransportTest, opens_no_more_than_128_records_for_one_read) {
  TlsClient& client = server.connect(options());
  for (int i = 0; i < 200; ++i) ASSERT_EQ(SSL_write(client.ssl(), "x", 1), 1);
  server.loop->turn(Duration::zero());
  std::size_t read = 0;
  for (const std::size_t expected : {128u, 200u}) {
    Chain in(server.pool);
    server.transport->take_records();
    const IoStatus status = server.transport->read(in, 65536);
    read += in.size();
    EXPECT_EQ(read, expected);
    EXPECT_EQ(status, expected < 200 ? IoStatus::open : IoStatus::blocked);
    EXPECT_GE(server.transport->take_records() + 1, in.size());
  }
}

TEST_P(TlsTransportTest, carries_a_mebibyte_both_ways_in_small_budgets) {
  TlsClient& client = server.connect(options());
  const std::string text = test::pattern(1 << 20);
  server.end->budget = 3000;
  server.end->out.append(text);
  client.out = text;
  server.run();
  EXPECT_TRUE(server.end->in.to_string() == text);
  EXPECT_TRUE(client.in == text);
  EXPECT_LE(server.end->most_unsent, 64u * 1024 + 17 * 1024);
}

TEST_P(TlsTransportTest, keeps_the_rest_of_a_record_for_the_next_read) {
  TlsClient& client = server.connect(options());
  client.out = test::pattern(10000);
  client.step();
  server.loop->turn(Duration::zero());
  Chain in(server.pool);
  EXPECT_EQ(server.transport->read(in, 4000), IoStatus::open);
  EXPECT_EQ(in.size(), 4000u);
  const auto receives = server.transport->counts().receives;
  EXPECT_EQ(server.transport->read(in, 6000), IoStatus::open);
  EXPECT_EQ(server.transport->counts().receives, receives);
  EXPECT_EQ(server.transport->read(in, 1), IoStatus::blocked);
  EXPECT_EQ(in.to_string(), test::pattern(10000));
}

TEST_P(TlsTransportTest, holds_no_block_when_idle) {
  TlsClient& client = server.connect(options());
  client.out = test::pattern(40000);
  server.run();
  server.end->in.clear();
  EXPECT_EQ(server.pool.in_use(), 0u);
  EXPECT_EQ(server.transport->unsent(), 0u);
}

TEST_P(TlsTransportTest, goes_on_after_a_rest_as_if_there_had_been_none) {
  TlsClient& client = server.connect(options());
  for (std::size_t round = 1; round <= 5; ++round) {
    server.transport->rest();
    server.transport->rest();
    client.out = "ping";
    server.run();
    server.transport->rest();
    server.end->out.append("pong");
    server.end->step();
    server.run();
    EXPECT_EQ(server.end->in.size(), 4 * round);
    EXPECT_EQ(client.in.size(), 4 * round);
  }
  EXPECT_EQ(server.transport->tls().version, version() == TLS1_2_VERSION ? "1.2" : "1.3");
}

TEST_P(TlsTransportTest, rests_amid_a_record) {
  TlsClient& client = server.connect(options());
  client.out = test::pattern(40000);
  client.step();
  server.end->budget = 100;
  server.turn();
  server.transport->rest();
  server.end->budget = 256 * 1024;
  server.run();
  EXPECT_EQ(server.end->in.to_string(), test::pattern(40000));
}

TEST_P(TlsTransportTest, does_not_rest_amid_a_handshake) {
  Socket client = server.connect_raw();
  const std::string hello = test::make_hello(options());
  for (const char byte : hello) {
    ASSERT_EQ(::send(client.fd(), &byte, 1, 0), 1);
    server.turn();
    server.transport->rest();
  }
  server.turn();
  EXPECT_EQ(code(), "");
  std::array<char, 4096> answer;
  EXPECT_GT(::recv(client.fd(), answer.data(), answer.size(), MSG_DONTWAIT), 100);
}

TEST_P(TlsTransportTest, closes_in_order_from_its_rest) {
  TlsClient& client = server.connect(options());
  server.transport->rest();
  server.transport->close_write();
  server.run();
  EXPECT_TRUE(client.has_ended);
  EXPECT_EQ(code(), "");
}

TEST_P(TlsTransportTest, may_be_dropped_at_rest) {
  server.connect(options());
  server.transport->rest();
  server.disconnect();
  EXPECT_EQ(server.pool.in_use(), 0u);
}

TEST_P(TlsTransportTest, stops_taking_when_the_client_does_not_read) {
  TlsClient& client = server.connect(options());
  server.end->out.append(test::pattern(4 << 20));
  for (int i = 0; i < 10; ++i) server.turn();
  EXPECT_EQ(server.end->write_status, IoStatus::blocked);
  EXPECT_LE(server.transport->unsent(), 64u * 1024 + 17 * 1024);
  server.run();
  EXPECT_EQ(client.in.size(), 4u << 20);
}

TEST_P(TlsTransportTest, closes_in_order_both_ways) {
  TlsClient& client = server.connect(options());
  server.end->out.append("last words");
  server.end->step();
  server.transport->close_write();
  server.run();
  EXPECT_EQ(client.in, "last words");
  EXPECT_TRUE(client.has_ended);
  client.close_notify();
  server.run();
  EXPECT_EQ(server.end->read_status, IoStatus::ended);
  EXPECT_EQ(code(), "");
}

TEST_P(TlsTransportTest, ends_but_says_so_when_the_client_leaves_without_close_notify) {
  TlsClient& client = server.connect(options());
  client.out = "half a message";
  client.step();
  ::shutdown(client.socket().fd(), SHUT_WR);
  server.run();
  EXPECT_EQ(server.end->read_status, IoStatus::ended);
  EXPECT_EQ(server.end->in.to_string(), "half a message");
  EXPECT_EQ(code(), "tls:truncated");
  server.end->out.append("answer all the same");
  server.end->step();
  client.step();
  EXPECT_EQ(client.in, "answer all the same");
}

// An answer that came before the peer closed with bytes of ours unread, which is a reset.
TEST_P(TlsTransportTest, gives_what_came_before_a_write_failed) {
  TlsClient& client = server.connect(options());
  server.end->out.append("unread");
  server.end->step();
  client.out = std::string(40'000, 'n');
  client.step();
  ::shutdown(client.socket().fd(), SHUT_RDWR);
  server.end->out.append(std::string(40'000, 'm'));
  Chain& out = server.end->out;
  IoStatus written = IoStatus::open;
  for (int i = 0; i < 3 && written != IoStatus::failed; ++i) {
    out.append("more");
    written = server.transport->write(out);
  }
  EXPECT_EQ(written, IoStatus::failed);
  for (int i = 0; i < 5; ++i) server.turn();
  EXPECT_EQ(server.end->in.to_string(), std::string(40'000, 'n'));
}

// Whether anything has come to a bare socket, all of which is thrown away.
bool take_all(int fd) {
  std::array<char, 16 * 1024> taken;
  bool has_come = false;
  while (::recv(fd, taken.data(), taken.size(), MSG_DONTWAIT) > 0) has_come = true;
  return has_come;
}

bool is_at_end(int fd) {
  char byte;
  return ::recv(fd, &byte, 1, MSG_DONTWAIT) == 0;
}

TEST_P(TlsTransportTest, says_goodbye_to_who_left_without_only_behind_an_answer) {
  for (const std::string_view answer : {"", "answer all the same"}) {
    const int fd = server.connect(options()).socket().fd();
    ::shutdown(fd, SHUT_WR);
    for (int i = 0; i < 3; ++i) server.turn();
    ASSERT_EQ(code(), "tls:truncated");
    server.end->out.append(answer);
    server.end->step();
    take_all(fd);
    server.transport->close_write();
    EXPECT_EQ(take_all(fd), !answer.empty());
    EXPECT_TRUE(is_at_end(fd));
  }
}

TEST_P(TlsTransportTest, says_goodbye_to_who_left_without_while_the_end_of_an_answer_waited_for_the_kernel) {
  const int fd = server.connect(options()).socket().fd();
  while (server.transport->unsent() == 0) {
    server.end->out.append(std::string(16'000, 'x'));
    server.end->step();
  }
  ASSERT_TRUE(server.end->out.is_empty());
  ::shutdown(fd, SHUT_WR);
  for (int i = 0; i < 3; ++i) server.turn();
  ASSERT_EQ(code(), "tls:truncated");
  while (server.transport->unsent() > 0) {
    take_all(fd);
    server.turn();
  }
  take_all(fd);
  server.transport->close_write();
  EXPECT_TRUE(take_all(fd));
  EXPECT_TRUE(is_at_end(fd));
}

TEST_P(TlsTransportTest, resumes_a_session_once_and_for_all_workers) {
  TlsClient& first = server.connect(options());
  server.end->out.append("x");  // brings the ticket of TLS 1.3 along
  server.run();
  ASSERT_NE(first.session(), nullptr);
  SSL_SESSION* const session = first.session();
  SSL_SESSION_up_ref(session);
  // What another worker or the next generation has: the same files and keys, loaded again.
  auto again = Certificates::load(make_tls(), {Protocol::h2, Protocol::http11}, server.tickets, server.loop->wall());
  ASSERT_TRUE(again.is_ok());
  server.disconnect();
  server.certificates = *std::move(again);
  auto resuming = options();
  resuming.session = session;
  TlsClient& second = server.connect(resuming);
  EXPECT_EQ(SSL_session_reused(second.ssl()), 1);
  EXPECT_TRUE(server.transport->tls().is_resumed);
  EXPECT_EQ(server.transport->tls().server_name, "shop.example.com");
  SSL_SESSION_free(session);
}

// What comes before the handshake can be sent again by anybody (RFC 8446 section 8).
TEST_P(TlsTransportTest, offers_no_early_data) {
  TlsClient& client = server.connect(options());
  server.end->out.append("x");  // brings the ticket of TLS 1.3 along
  server.run();
  ASSERT_NE(client.session(), nullptr);
  EXPECT_EQ(SSL_SESSION_get_max_early_data(client.session()), 0u);
}

TEST_P(TlsTransportTest, resumes_with_the_key_before_and_not_with_older_ones) {
  ManualLoop clock;
  TicketKeys keys;
  keys.rotate_by(clock);
  auto loaded = Certificates::load(make_tls(), {Protocol::h2, Protocol::http11}, keys, server.loop->wall());
  ASSERT_TRUE(loaded.is_ok());
  server.certificates = *std::move(loaded);
  server.connect(options());
  server.end->out.append("x");
  server.run();
  ASSERT_NE(server.client->session(), nullptr);
  SSL_SESSION* const session = SSL_SESSION_dup(server.client->session());
  // OpenSSL resumes no session of a connection that was cut: each try has a copy.
  const auto is_resumed = [&] {
    auto resuming = options();
    resuming.session = SSL_SESSION_dup(session);
    const bool is_reused = SSL_session_reused(server.connect(resuming).ssl()) == 1;
    SSL_SESSION_free(resuming.session);
    return is_reused;
  };
  EXPECT_TRUE(is_resumed());
  clock.advance(TicketKeys::lifetime);
  EXPECT_TRUE(is_resumed());
  clock.advance(TicketKeys::lifetime - std::chrono::seconds(1));
  EXPECT_TRUE(is_resumed());
  clock.advance(std::chrono::seconds(1));
  EXPECT_FALSE(is_resumed());
  EXPECT_TRUE(server.client->is_connected());
  server.disconnect();
  SSL_SESSION_free(session);
}

TEST_P(TlsTransportTest, refuses_protocols_it_does_not_speak_with_the_right_alert) {
  auto foreign = options();
  foreign.protocols = {"spdy/3", "http/1.0"};
  TlsClient& client = server.connect(foreign);
  EXPECT_FALSE(client.is_connected());
  EXPECT_EQ(client.alert(), "tlsv1 alert no application protocol");
  EXPECT_EQ(code(), "tls:no_common_protocol");
}

TEST_P(TlsTransportTest, goes_without_alpn_if_the_client_does) {
  server.connect(options());
  EXPECT_EQ(server.transport->alpn(), "");
}

// A client that says nothing means HTTP/1.1.
TEST_P(TlsTransportTest, refuses_a_client_without_alpn_where_only_http2_is_spoken) {
  TlsServer strict{make_tls(), {Protocol::h2}};
  TlsClient& client = strict.connect(options());
  EXPECT_FALSE(client.is_connected());
  EXPECT_EQ(client.alert(), "tlsv1 alert no application protocol");
  EXPECT_EQ(strict.end->transport().error().code, "tls:no_common_protocol");
}

TEST_P(TlsTransportTest, fails_when_a_record_was_tampered_with) {
  TlsClient& client = server.connect(options());
  char forged[64] = {0x17, 0x03, 0x03, 0x00, 0x30};
  ASSERT_EQ(::send(client.socket().fd(), forged, 53, 0), 53);
  server.turn();
  EXPECT_EQ(server.end->read_status, IoStatus::failed);
  EXPECT_EQ(code(), "tls:bad_record") << server.end->transport().error().message;
  client.step();
  EXPECT_EQ(client.alert(), "sslv3 alert bad record mac");
}

TEST_P(TlsTransportTest, knows_a_client_that_left_during_the_handshake) {
  Socket client = server.connect_raw();
  ASSERT_EQ(::send(client.fd(), "\x16\x03\x01", 3, 0), 3);
  client.close();
  server.turn();
  EXPECT_EQ(code(), "tls:closed_early");
}

class TlsHandshakeTest : public TlsTransportTest {
 protected:
  void say(const std::string& text) {
    Socket client = server.connect_raw();
    ASSERT_EQ(::send(client.fd(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
    server.turn();
    server.turn();
  }
};
INSTANTIATE_TEST_SUITE_P(Any, TlsHandshakeTest, ::testing::Values(0), [](const auto&) { return "any"; });

TEST_P(TlsHandshakeTest, knows_plain_http_when_it_sees_it) {
  say("GET / HTTP/1.1\r\nHost: shop.example.com\r\n\r\n");
  EXPECT_EQ(code(), "tls:plain_http");
}

TEST_P(TlsHandshakeTest, refuses_what_is_not_tls) {
  say(std::string(100, '\x01'));
  EXPECT_EQ(code(), "tls:not_tls");
}

TEST_P(TlsHandshakeTest, refuses_old_versions) {
  Socket socket = server.connect_raw();
  server.client = std::make_unique<TlsClient>(std::move(socket), ClientOptions{});
  SSL_set_security_level(server.client->ssl(), 0);
  SSL_set_min_proto_version(server.client->ssl(), TLS1_VERSION);
  SSL_set_max_proto_version(server.client->ssl(), TLS1_1_VERSION);
  server.run();
  EXPECT_EQ(code(), "tls:old_version");
  EXPECT_EQ(server.client->alert(), "tlsv1 alert protocol version");
}

TEST_P(TlsHandshakeTest, refuses_ciphers_without_forward_secrecy_or_aead) {
  for (const char* weak : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"}) {
    server.connect({.version = TLS1_2_VERSION, .ciphers = weak});
    EXPECT_EQ(code(), "tls:no_common_cipher") << weak;
  }
}

TEST_P(TlsHandshakeTest, ends_a_connection_that_asks_to_renegotiate) {
  TlsClient& client = server.connect({.version = TLS1_2_VERSION});
  ASSERT_TRUE(client.is_connected());
  SSL_renegotiate(client.ssl());
  SSL_do_handshake(client.ssl());
  server.turn();
  EXPECT_EQ(server.end->read_status, IoStatus::failed);
  EXPECT_EQ(code(), "tls:renegotiation");
}

TEST_P(TlsHandshakeTest, bears_a_few_key_updates_and_ends_a_flood_of_them) {
  TlsClient& client = server.connect({.version = TLS1_3_VERSION});
  for (int i = 0; i < 3; ++i) {
    SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED);
    client.out = "data";
    server.run();
    server.end->out.append("answer");
    server.run();
  }
  EXPECT_EQ(server.end->in.size(), 12u);
  EXPECT_EQ(client.in, "answeransweranswer");
  for (int i = 0; i < 40; ++i) {
    SSL_key_update(client.ssl(), SSL_KEY_UPDATE_NOT_REQUESTED);
    SSL_do_handshake(client.ssl());
  }
  server.turn();
  EXPECT_EQ(code(), "tls:renegotiation");
}

TEST_P(TlsHandshakeTest, refuses_a_hello_that_claims_to_be_large_before_memory_is_spent) {
  say(std::string("\x16\x03\x01\x00\x04\x01\x01\xff\x00", 9));
  EXPECT_EQ(code(), "tls:hello_too_large");
  // The same with its header split between records, and in an honest first record's company.
  say(std::string("\x16\x03\x01\x00\x02\x01\x01\x16\x03\x01\x00\x02\xff\x00", 14));
  EXPECT_EQ(code(), "tls:hello_too_large");
}

TEST_P(TlsHandshakeTest, refuses_a_second_hello_that_claims_to_be_large_behind_an_alert) {
  const std::string hello = test::make_hello({.version = TLS1_3_VERSION, .groups = "P-521:P-384"});
  const std::string cancelled("\x15\x03\x03\x00\x02\x01\x5a", 7);
  Socket client = server.connect_raw();
  for (const std::string& piece : {hello, cancelled, std::string("\x16\x03\x03\x00\x04\x01\x01\xff\x00", 9)}) {
    EXPECT_EQ(code(), "");
    ASSERT_EQ(::send(client.fd(), piece.data(), piece.size(), 0), static_cast<ssize_t>(piece.size()));
    server.turn();
  }
  EXPECT_EQ(code(), "tls:hello_too_large");
}

TEST_P(TlsHandshakeTest, takes_a_hello_split_into_tiny_records_and_bytes) {
  const std::string hello = test::make_hello({.server_name = "shop.example.com"});
  Socket client = server.connect_raw();
  for (std::size_t i = 5; i < hello.size(); ++i) {
    const char record[] = {0x16, 0x03, 0x01, 0x00, 0x01, hello[i]};
    for (const char byte : record) ASSERT_EQ(::send(client.fd(), &byte, 1, 0), 1);
    server.turn();
  }
  EXPECT_EQ(code(), "") << server.end->transport().error().message;
  char answer[10];
  EXPECT_EQ(::recv(client.fd(), answer, sizeof answer, 0), 10);
  EXPECT_EQ(answer[5], SSL3_MT_SERVER_HELLO);
}

TEST_P(TlsHandshakeTest, survives_hellos_with_any_byte_wrong) {
  const std::string hello = test::make_hello({.server_name = "shop.example.com", .protocols = {"h2"}});
  std::mt19937 random(1);
  for (std::size_t i = 0; i < 2 * hello.size(); ++i) {
    std::string broken = hello;
    broken[i % hello.size()] = static_cast<char>(random());
    if (i % 3 == 0) broken.resize(random() % broken.size());
    say(broken);
  }
  server.disconnect();
  EXPECT_EQ(server.pool.in_use(), 0u);
  EXPECT_EQ(server.loop->watches(), 0u);
  EXPECT_EQ(ERR_peek_error(), 0u);
}

TEST_P(TlsHandshakeTest, speaks_again_after_a_wrong_guess_of_the_group) {
  Socket socket = server.connect_raw();
  server.client =
      std::make_unique<TlsClient>(std::move(socket), ClientOptions{.version = TLS1_3_VERSION, .groups = "P-521:P-384"});
  server.run();
  EXPECT_TRUE(server.client->is_connected());
}

}  // namespace
}  // namespace ravelin::net
