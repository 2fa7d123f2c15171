#include "net/origin_tls.h"

#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "net/tls_error.h"
#include "tls_fixture.h"

namespace ravelin::net {
namespace {

/// OriginTlsTest speaks as one certificate and trusts another.
class OriginTlsTest : public ::testing::Test {
 protected:
  OriginTlsTest() {
    section.certificate = folder.issue("ours", {.names = {"gateway.example.com"}});
    section.ca = folder.issue("authority", {.names = {"authority.example.com"}}).cert;
    load();
  }

  void load() {
    auto loaded = OriginTls::load(section, config::UpstreamProtocol::http11, now);
    ASSERT_TRUE(loaded) << loaded.error().message;
    tls = *std::move(loaded);
  }
  void issue_anew() {
    for (const char* const file : {"ours.crt", "ours.key"}) std::filesystem::remove(folder.path(file));
    folder.issue("ours", {.names = {"gateway.example.com"}});
  }
  SslPtr connect() { return tls->connect(record, "origin.example.com", slot); }

  test::TestCertificates folder;
  config::UpstreamTls section;
  WallTime now = test::make_loop()->wall();
  std::shared_ptr<OriginTls> tls;
  HandshakeRecord record;
  SessionSlot slot;
};

TEST_F(OriginTlsTest, speaks_as_its_new_certificate_on_new_connections_alone) {
  const SslPtr before = connect();
  const X509* const first = SSL_get_certificate(before.get());
  issue_anew();
  ASSERT_TRUE(tls->renew(now));
  EXPECT_NE(X509_cmp(SSL_get_certificate(connect().get()), first), 0);
  EXPECT_EQ(SSL_get_certificate(before.get()), first);
}

TEST_F(OriginTlsTest, goes_on_as_it_was_if_a_file_has_become_bad) {
  const SslPtr before = connect();
  for (const char* const file : {"authority.crt", "ours.crt"}) {
    const std::string good = folder.read(file);
    folder.write(file, "no certificate");
    EXPECT_FALSE(tls->renew(now)) << file;
    folder.write(file, good);
    const SslPtr after = connect();
    EXPECT_EQ(X509_cmp(SSL_get_certificate(after.get()), SSL_get_certificate(before.get())), 0);
  }
}

TEST_F(OriginTlsTest, resumes_no_session_of_an_edition_before) {
  const SslPtr first = connect();
  SessionPtr session(SSL_SESSION_new());
  SSL_SESSION_set_protocol_version(session.get(), TLS1_2_VERSION);
  slot.keep(std::move(session), record.edition);
  EXPECT_NE(SSL_get_session(connect().get()), nullptr);
  ASSERT_TRUE(tls->renew(now));
  EXPECT_EQ(SSL_get_session(connect().get()), nullptr);
}

// OpenSSL keeps what it found, whether or not that mattered.
TEST_F(OriginTlsTest, puts_no_failure_down_to_trust_that_nobody_asked_for) {
  const auto code_of_alert = [this] {
    const SslPtr ssl = connect();
    SSL_set_verify_result(ssl.get(), X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
    ERR_raise(ERR_LIB_SSL, SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED);
    return take_origin_error(ssl.get()).code;
  };
  EXPECT_EQ(code_of_alert(), "upstream:tls_untrusted");
  section.verify = false;
  load();
  EXPECT_EQ(code_of_alert(), "upstream:tls_alert");
}

TEST_F(OriginTlsTest, tells_of_each_of_its_files_that_has_changed) {
  const auto before = OriginTls::stamps(section);
  EXPECT_EQ(before.size(), 3u);
  EXPECT_EQ(OriginTls::stamps(section), before);
  folder.write("authority.crt", "shorter");
  EXPECT_NE(OriginTls::stamps(section), before);
}

TEST_F(OriginTlsTest, lets_workers_connect_while_it_is_renewed) {
  std::atomic<int> made{0};
  std::vector<std::thread> workers;
  for (int i = 0; i < 2; ++i)
    workers.emplace_back([this, &made] {
      HandshakeRecord own_record;
      SessionSlot own_slot;
      for (int n = 0; n < 200; ++n)
        if (tls->connect(own_record, "origin.example.com", own_slot) != nullptr) ++made;
    });
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(tls->renew(now));
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(made, 400);
}

}  // namespace
}  // namespace ravelin::net
