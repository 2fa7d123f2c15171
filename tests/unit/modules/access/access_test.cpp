#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "config/load.h"
#include "modules/access/config.h"
#include "modules/access/module.h"
#include "ravelin/testing/module_bench.h"
#include "ravelin/testing/section_check.h"
#include "unit/modules/test_store.h"

namespace ravelin::access {
namespace {

using testing::BenchRequest;
using ::testing::HasSubstr;
using testing::ModuleBench;
using testing::SectionCheck;

std::vector<Prefix> blocks(std::initializer_list<std::string_view> texts) {
  std::vector<Prefix> result;
  for (const auto text : texts) result.push_back(Prefix::parse(text).value());
  return result;
}

std::string write_list(const std::string& name, const std::string& text) {
  const std::string path = ::testing::TempDir() + name;
  std::ofstream(path) << text;
  return path;
}

class Access : public ::testing::Test {
 protected:
  int status_of(std::string_view client, std::string_view hop = {}) {
    return bench.run({.client = client, .hop = hop}).status;
  }
  bool is_let_connect(std::string_view address) { return bench.connect(address).kind() == Verdict::Kind::pass; }
  std::string load_error() {
    const auto loaded = bench.load(config);
    return loaded ? "" : loaded.error().message;
  }

  Config config;
  TestStore store;
  ModuleBench bench{descriptor, store.memory};
};

TEST_F(Access, lets_everybody_in_without_lists) {
  ASSERT_TRUE(bench.load(config));
  EXPECT_EQ(status_of("192.0.2.1"), 200);
  EXPECT_TRUE(is_let_connect("2001:db8::1"));
}

TEST_F(Access, deny_refuses_also_those_that_allow_names) {
  config.allow = blocks({"192.0.2.0/24"});
  config.deny = blocks({"192.0.2.66"});
  ASSERT_TRUE(bench.load(config));
  EXPECT_EQ(status_of("192.0.2.1"), 200);
  EXPECT_EQ(status_of("198.51.100.1"), 403);
  const auto denied = bench.run({.client = "192.0.2.66"});
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.reason, "access:denied");
  EXPECT_THAT(denied.detail, HasSubstr("deny"));
}

TEST_F(Access, keeps_the_families_apart_however_their_bytes_compare) {
  // 32.1.13.184 has the bytes of 2001:db8, so the two blocks interleave when sorted by bytes alone.
  config.allow = blocks({"32.0.0.0/8", "2001:db8::/32"});
  ASSERT_TRUE(bench.load(config));
  EXPECT_EQ(status_of("32.2.0.0"), 200);
  EXPECT_EQ(status_of("32.0.0.0"), 200);
  EXPECT_EQ(status_of("2001:db8:ffff::1"), 200);
  EXPECT_EQ(status_of("2002::1"), 403);
}

TEST_F(Access, closes_refused_direct_peers_at_accept) {
  config.deny = blocks({"192.0.2.0/24"});
  ASSERT_TRUE(bench.load(config));
  EXPECT_FALSE(is_let_connect("192.0.2.1"));
  EXPECT_EQ(bench.connect("192.0.2.1").kind(), Verdict::Kind::drop);
  EXPECT_TRUE(is_let_connect("198.51.100.1"));
  config.at_accept = false;
  ASSERT_TRUE(bench.load(config));
  EXPECT_TRUE(is_let_connect("192.0.2.1"));
  EXPECT_EQ(status_of("192.0.2.1"), 403);
}

TEST_F(Access, judges_the_client_and_not_the_trusted_proxy_it_comes_through) {
  config.deny = blocks({"10.0.0.0/8", "192.0.2.0/24"});
  bench.trusted_proxies = PrefixSet(blocks({"10.0.0.0/8"}));
  ASSERT_TRUE(bench.load(config));
  EXPECT_TRUE(is_let_connect("10.0.0.1"));
  EXPECT_EQ(status_of("198.51.100.1", "10.0.0.1"), 200);
  EXPECT_EQ(status_of("192.0.2.1", "10.0.0.1"), 403);
}

TEST_F(Access, a_peer_without_an_address_is_on_no_list) {
  config.allow = blocks({"0.0.0.0/0", "::/0"});
  ASSERT_TRUE(bench.load(config));
  EXPECT_EQ(bench.module().on_connect(bench.loop, Peer{}).kind(), Verdict::Kind::pass);
}

TEST_F(Access, reads_list_files_with_comments) {
  config.deny_files.push_back({write_list("deny.txt", "# bad\n\n192.0.2.0/24  # net\r\n\t2001:db8::/32\n")});
  config.deny = blocks({"203.0.113.9"});
  ASSERT_TRUE(bench.load(config));
  EXPECT_EQ(status_of("192.0.2.77"), 403);
  EXPECT_EQ(status_of("2001:db8::77"), 403);
  EXPECT_EQ(status_of("203.0.113.9"), 403);
  EXPECT_EQ(status_of("198.51.100.1"), 200);
}

TEST_F(Access, names_file_and_line_of_a_wrong_block) {
  const std::string path = write_list("wrong.txt", "192.0.2.0/24\n\n10.0.0.1/8\n");
  config.allow_files.push_back({path});
  EXPECT_THAT(load_error(), HasSubstr(path + ":3: "));
  EXPECT_THAT(load_error(), HasSubstr("10.0.0.0/8"));
}

TEST_F(Access, refuses_list_files_that_would_come_out_empty) {
  config.allow_files = {FilePath{write_list("empty.txt", "# nothing yet\n")}};
  EXPECT_THAT(load_error(), HasSubstr("empty.txt holds no address"));
  config.allow_files = {FilePath{::testing::TempDir() + "not-there.txt"}};
  EXPECT_THAT(load_error(), HasSubstr("not-there.txt cannot be read"));
  config.allow_files = {FilePath{::testing::TempDir()}};
  EXPECT_THAT(load_error(), HasSubstr("check that it is a file"));
}

TEST_F(Access, countries_are_not_available_yet) {
  EXPECT_THAT(SectionCheck(config).missing(), ::testing::ElementsAre("countries"));
}

TEST_F(Access, reads_what_the_contract_shows) {
  EXPECT_TRUE(config::read_section("{allow: [], deny: [192.0.2.0/24, 2001:db8::1]}", config).empty());
  EXPECT_EQ(config.deny, blocks({"192.0.2.0/24", "2001:db8::1"}));
  EXPECT_EQ(config::read_section("{countries: {deny: []}}", config).size(), 1u);
}

}  // namespace
}  // namespace ravelin::access
