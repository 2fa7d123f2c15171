#include "net/certificates.h"

#include <gtest/gtest.h>

#include "net/server_name.h"
#include "tls_fixture.h"

namespace ravelin::net {
namespace {

using config::Protocol;
using test::KeyType;
using test::TlsServer;

class CertificatesTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<const Certificates>> load() {
    return Certificates::load(tls, {Protocol::h2, Protocol::http11}, tickets, now);
  }
  std::string error() {
    auto loaded = load();
    return loaded.is_ok() ? "" : loaded.error().message;
  }
  void add(const std::string& file, const test::Issue& issue) { tls.certificates.push_back(folder.issue(file, issue)); }

  test::TestCertificates folder;
  config::Tls tls;
  TicketKeys tickets;
  WallTime now = test::make_loop()->wall();
};

TEST_F(CertificatesTest, are_chosen_by_exact_name_then_wildcard_then_the_first) {
  add("first", {.names = {"first.example.org"}});
  add("wild", {.names = {"*.example.com"}});
  add("exact", {.names = {"shop.example.com"}});
  TlsServer server(tls, {Protocol::h2, Protocol::http11});
  const std::pair<const char*, const char*> expected[] = {
      {"shop.example.com", "shop.example.com"}, {"SHOP.example.com", "shop.example.com"},
      {"blog.example.com", "*.example.com"},    {"a.b.example.com", "first.example.org"},
      {"example.com", "first.example.org"},     {"", "first.example.org"}};
  for (const auto& [asked, shown] : expected)
    EXPECT_EQ(server.connect({.server_name = asked}).shown_name(), shown) << asked;
}

TEST_F(CertificatesTest, of_two_key_types_are_chosen_by_what_the_client_can) {
  add("ec", {.names = {"shop.example.com"}});
  add("rsa", {.names = {"shop.example.com"}, .type = KeyType::rsa});
  TlsServer server(tls, {Protocol::h2, Protocol::http11});
  EXPECT_EQ(server.connect({.server_name = "shop.example.com"}).shown_type(), KeyType::ecdsa);
  EXPECT_EQ(
      server
          .connect(
              {.server_name = "shop.example.com", .version = TLS1_2_VERSION, .ciphers = "ECDHE-RSA-AES128-GCM-SHA256"})
          .shown_type(),
      KeyType::rsa);
}

TEST_F(CertificatesTest, carry_requests_for_names_that_they_are_for) {
  add("first", {.names = {"first.example.org"}});
  add("shop", {.names = {"shop.example.com", "www.example.com"}});
  add("wild", {.names = {"*.example.com"}});
  const auto loaded = load();
  ASSERT_TRUE(loaded);
  const Certificates& certificates = **loaded;
  EXPECT_TRUE(certificates.may_carry("shop.example.com", "shop.example.com"));
  EXPECT_TRUE(certificates.may_carry("shop.example.com", "www.example.com"));
  EXPECT_TRUE(certificates.may_carry("a.example.com", "b.example.com"));
  EXPECT_FALSE(certificates.may_carry("shop.example.com", "a.example.com"));
  EXPECT_FALSE(certificates.may_carry("first.example.org", "shop.example.com"));
  EXPECT_FALSE(certificates.may_carry("shop.example.com", "unknown.example.net"));
  EXPECT_FALSE(certificates.may_carry("unknown.example.net", "shop.example.com"));
  EXPECT_TRUE(certificates.may_carry("unknown.example.net", "first.example.org"));
  EXPECT_TRUE(certificates.may_carry("unknown.example.net", "other.example.net"));
  EXPECT_TRUE(certificates.may_carry("", "shop.example.com"));
}

TEST_F(CertificatesTest, refuse_unknown_names_if_told_to) {
  add("shop", {.names = {"shop.example.com"}});
  tls.unknown_names = config::UnknownNames::refuse;
  TlsServer server(tls, {Protocol::h2, Protocol::http11});
  EXPECT_TRUE(server.connect({.server_name = "shop.example.com"}).is_connected());
  for (const char* name : {"other.example.com", ""}) {
    EXPECT_EQ(server.connect({.server_name = name}).alert(), "tlsv1 unrecognized name");
    EXPECT_EQ(server.end->transport().error().code, "tls:unknown_name");
  }
}

TEST_F(CertificatesTest, keep_sessions_of_one_name_from_another) {
  add("a", {.names = {"a.example.com"}});
  add("b", {.names = {"b.example.com"}});
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsServer server(tls, {Protocol::h2, Protocol::http11});
    server.connect({.server_name = "a.example.com", .version = version});
    server.end->out.append("x");
    server.run();
    SSL_SESSION* const session = server.client->session();
    ASSERT_NE(session, nullptr);
    SSL_SESSION_up_ref(session);
    auto& other = server.connect({.server_name = "b.example.com", .version = version, .session = session});
    EXPECT_TRUE(other.is_connected());
    EXPECT_EQ(SSL_session_reused(other.ssl()), 0);
    EXPECT_EQ(server.transport->tls().server_name, "b.example.com");
    auto& same = server.connect({.server_name = "a.example.com", .version = version, .session = session});
    EXPECT_EQ(SSL_session_reused(same.ssl()), 1);
    SSL_SESSION_free(session);
  }
}

TEST_F(CertificatesTest, allow_only_the_versions_they_are_told) {
  add("shop", {.names = {"shop.example.com"}});
  tls.min_version = config::TlsVersion::tls13;
  TlsServer server(tls, {Protocol::h2, Protocol::http11});
  EXPECT_FALSE(server.connect({.version = TLS1_2_VERSION}).is_connected());
  EXPECT_EQ(server.end->transport().error().code, "tls:old_version");
  EXPECT_TRUE(server.connect({.version = TLS1_3_VERSION}).is_connected());
}

TEST_F(CertificatesTest, tell_when_they_end_and_warn_when_they_have) {
  add("good", {.names = {"good.example.com"}, .days = 30});
  add("old", {.names = {"old.example.com"}, .days = -1});
  auto loaded = load();
  ASSERT_TRUE(loaded.is_ok());
  ASSERT_EQ((*loaded)->expiries().size(), 2u);
  EXPECT_EQ((*loaded)->expiries()[0].file, folder.path("good.crt"));
  const auto left = (*loaded)->expiries()[0].not_after - now;
  EXPECT_NEAR(static_cast<double>(std::chrono::duration_cast<std::chrono::hours>(left).count()), 30 * 24, 2);
  ASSERT_EQ((*loaded)->warnings().size(), 1u);
  EXPECT_NE((*loaded)->warnings()[0].find("old.crt expired on "), std::string::npos);
}

TEST_F(CertificatesTest, warn_before_they_end) {
  add("shop", {.names = {"shop.example.com"}, .days = 90});
  for (const auto& [day, warnings] : {std::pair(80, 0u), std::pair(84, 1u)}) {
    const WallTime begin = now;
    now += std::chrono::days(day);
    auto loaded = load();
    now = begin;
    ASSERT_TRUE(loaded.is_ok());
    ASSERT_EQ((*loaded)->warnings().size(), warnings) << day;
    for (const std::string& warning : (*loaded)->warnings())
      EXPECT_NE(warning.find("shop.crt expires on "), std::string::npos);
  }
}

TEST_F(CertificatesTest, warn_of_a_key_for_everyone_and_a_chain_out_of_order) {
  add("shop", {.names = {"shop.example.com"}});
  add("other", {.names = {"other.example.com"}});
  std::filesystem::permissions(folder.path("shop.key"), std::filesystem::perms::others_read,
                               std::filesystem::perm_options::add);
  folder.write("shop.crt", folder.read("shop.crt") + folder.read("other.crt"));
  auto loaded = load();
  ASSERT_TRUE(loaded.is_ok());
  ASSERT_EQ((*loaded)->warnings().size(), 2u);
  EXPECT_NE((*loaded)->warnings()[0].find("chmod"), std::string::npos);
  EXPECT_NE((*loaded)->warnings()[1].find("certificate 2 did not issue certificate 1"), std::string::npos);
}

TEST_F(CertificatesTest, say_which_file_is_wrong_and_what_to_do) {
  add("shop", {.names = {"shop.example.com"}});
  add("other", {.names = {"other.example.com"}});
  const auto good = tls.certificates;

  tls.certificates[0].key = good[1].key;
  EXPECT_NE(error().find("other.key is not the key of the certificate in"), std::string::npos) << error();
  tls.certificates[0] = good[0];
  tls.certificates[0].cert.path = folder.path("absent.crt");
  EXPECT_NE(error().find("absent.crt: No such file"), std::string::npos) << error();
  folder.write("junk.crt", "junk");
  tls.certificates[0].cert.path = folder.path("junk.crt");
  EXPECT_NE(error().find("holds no certificate in PEM form"), std::string::npos) << error();
  folder.write("cut.crt", folder.read("shop.crt") + "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
  tls.certificates[0].cert.path = folder.path("cut.crt");
  EXPECT_NE(error().find("cut.crt: certificate 2 is damaged"), std::string::npos) << error();
  tls.certificates[0] = good[0];
  folder.write("locked.key", "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n");
  tls.certificates[0].key.path = folder.path("locked.key");
  EXPECT_NE(error().find("without a passphrase"), std::string::npos) << error();
  tls.certificates.clear();
  EXPECT_NE(error().find("add one under tls.certificates"), std::string::npos) << error();
}

TEST(ParseServerName, takes_one_host_name_and_nothing_else) {
  const auto parse = [](std::string name, unsigned list_extra, unsigned char type) {
    std::vector<unsigned char> body;
    const auto list = static_cast<unsigned>(name.size() + 3 + list_extra);
    for (const unsigned value : {list >> 8, list & 255, static_cast<unsigned>(type),
                                 static_cast<unsigned>(name.size() >> 8), static_cast<unsigned>(name.size() & 255)})
      body.push_back(static_cast<unsigned char>(value));
    body.insert(body.end(), name.begin(), name.end());
    return parse_server_name(body);
  };
  EXPECT_EQ(parse("Shop.Example.COM", 0, 0), "shop.example.com");
  EXPECT_EQ(parse("shop.example.com.", 0, 0), "shop.example.com");
  EXPECT_EQ(parse("shop.example.com", 1, 0), std::nullopt);
  EXPECT_EQ(parse("shop.example.com", 0, 1), std::nullopt);
  EXPECT_EQ(parse("", 0, 0), std::nullopt);
  EXPECT_EQ(parse(".", 0, 0), std::nullopt);
  EXPECT_EQ(parse(std::string("shop\0.com", 9), 0, 0), std::nullopt);
  EXPECT_EQ(parse("sh op", 0, 0), std::nullopt);
  EXPECT_EQ(parse(std::string(256, 'a'), 0, 0), std::nullopt);
  EXPECT_EQ(parse_server_name({}), std::nullopt);
}

}  // namespace
}  // namespace ravelin::net
