#include "store/memory_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace ravelin::store {
namespace {

using namespace std::chrono_literals;

constexpr WallTime now{1'700'000'000s};

struct KeptLog : Log {
  std::string text;
  void write(Level, std::string_view message) override { text.append(message).append("\n"); }
};

struct MemoryStoreTest : testing::Test {
  KeptLog log;
  std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("ravelin-store-" + std::to_string(::getpid()) + "-" +
                                                testing::UnitTest::GetInstance()->current_test_info()->name());
  std::string path = folder / "store";

  void SetUp() override { std::filesystem::create_directories(folder); }
  void TearDown() override { std::filesystem::remove_all(folder); }

  std::unique_ptr<MemoryStore> make() {
    Capacities capacities;
    capacities.bans = 1000;
    capacities.past_bans = 1000;
    return std::make_unique<MemoryStore>(capacities, log);
  }
  void fill(MemoryStore& store) {
    Ban ban;
    ban.jail = "login";
    ban.reason = "ban:login";
    ban.evidence = "5 hits, \"first\" \xff";
    ban.since = now;
    ban.until = now + 1h;
    for (const char* text : {"192.0.2.7", "2001:db8::/64"}) {
      ban.prefix = *Prefix::parse(text);
      ASSERT_TRUE(store.bans().insert(ban, now));
    }
    ban.prefix = *Prefix::parse("198.51.100.1");
    ban.until = now + 1min;
    ASSERT_TRUE(store.bans().insert(ban, now));
  }
  std::string contents() const {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }
  void write(const std::string& text) { std::ofstream(path) << text; }
  std::size_t loaded_bans(WallTime when) {
    auto store = make();
    EXPECT_TRUE(store->load(path, when));
    return store->bans().size();
  }
};

TEST_F(MemoryStoreTest, returns_the_same_table_for_the_same_name) {
  auto store = make();
  const auto site = store->limiter("site");
  EXPECT_EQ(site, store->limiter("site"));
  EXPECT_NE(site, store->limiter("login"));
  const auto login = store->hits("login");
  EXPECT_EQ(login, store->hits("login"));
  const Key key = store->key("a");
  EXPECT_EQ(login->hit(key, 1min, Time(1h)), 1U);
  EXPECT_EQ(store->hits("login")->hit(key, 1min, Time(1h)), 2U);
  login->clear(key);
  EXPECT_EQ(login->hit(key, 1min, Time(1h)), 1U);
}

TEST_F(MemoryStoreTest, keeps_no_table_that_nobody_holds) {
  auto store = make();
  const std::weak_ptr<HitCounter> login = store->hits("login");
  EXPECT_TRUE(login.expired());
  const Key key = store->key("a");
  auto held = store->hits("login");
  EXPECT_EQ(held->hit(key, 1min, Time(1h)), 1U);
  held = nullptr;
  EXPECT_EQ(store->hits("login")->hit(key, 1min, Time(1h)), 1U);
}

TEST_F(MemoryStoreTest, keys_differ_by_text_prefix_length_family_and_secret) {
  auto store = make();
  EXPECT_EQ(store->key("a"), store->key("a"));
  EXPECT_FALSE(store->key("a") == store->key("b"));
  EXPECT_FALSE(store->key(*Prefix::parse("10.0.0.0/8")) == store->key(*Prefix::parse("10.0.0.0/9")));
  EXPECT_FALSE(store->key(*Prefix::parse("0.0.0.0/0")) == store->key(*Prefix::parse("::/0")));
  EXPECT_FALSE(store->key("a") == make()->key("a"));
}

TEST_F(MemoryStoreTest, keeps_bans_and_their_history_over_a_restart) {
  auto before = make();
  fill(*before);
  ASSERT_TRUE(before->save(path, now));
  EXPECT_FALSE(std::filesystem::exists(path + ".new"));
  auto after = make();
  ASSERT_TRUE(after->load(path, now + 5min));
  EXPECT_EQ(after->bans().size(), 2U);
  const auto ban = after->bans().find(*Address::parse("192.0.2.7"), now + 5min);
  ASSERT_TRUE(ban);
  EXPECT_EQ(ban->until, now + 1h);
  EXPECT_EQ(ban->evidence, "5 hits, \"first\" \xef\xbf\xbd");
  EXPECT_EQ(after->bans().times(*Prefix::parse("198.51.100.1")), 1U);
  EXPECT_EQ(log.text, "");
}

TEST_F(MemoryStoreTest, starts_empty_without_a_snapshot_and_says_why_it_cannot_read_one) {
  EXPECT_EQ(loaded_bans(now), 0U);
  std::filesystem::create_directory(path);
  auto store = make();
  const auto loaded = store->load(path, now);
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().message.find(path), std::string::npos);
}

TEST_F(MemoryStoreTest, keeps_what_is_readable_of_a_damaged_snapshot_and_moves_it_aside_when_it_saves) {
  auto store = make();
  fill(*store);
  ASSERT_TRUE(store->save(path, now));
  const std::string good = contents();
  for (std::size_t cut = 0; cut + 1 < good.size(); cut += 7) {
    log.text.clear();
    write(good.substr(0, cut));
    EXPECT_LE(loaded_bans(now), 3U);  // and the start fails: the next has it still
    auto next = make();
    EXPECT_TRUE(next->load(path, now));
    EXPECT_NE(log.text.find("is damaged at line"), std::string::npos) << cut;
    EXPECT_EQ(contents(), good.substr(0, cut));
    ASSERT_TRUE(next->save(path, now));
    EXPECT_TRUE(std::filesystem::exists(path + ".corrupt"));
    std::filesystem::remove(path + ".corrupt");
    ASSERT_TRUE(next->save(path, now));
    EXPECT_FALSE(std::filesystem::exists(path + ".corrupt"));
  }
}

TEST_F(MemoryStoreTest, replaces_no_snapshot_that_it_has_not_read) {
  auto store = make();
  fill(*store);
  ASSERT_TRUE(store->save(path, now));
  const std::string good = contents();
  auto other = make();  // whose configuration had another path, or none, until a reload
  Ban later;
  later.prefix = *Prefix::parse("192.0.2.7");
  later.jail = "manual";
  later.since = now;
  later.until = now + 2h;
  ASSERT_TRUE(other->bans().insert(later, now));
  std::filesystem::rename(path, path + ".good");
  std::filesystem::create_directory(path);
  EXPECT_FALSE(other->save(path, now));
  std::filesystem::remove(path);
  std::filesystem::rename(path + ".good", path);
  EXPECT_EQ(contents(), good);
  ASSERT_TRUE(other->save(path, now));
  EXPECT_EQ(loaded_bans(now), 3U);
  EXPECT_EQ(other->bans().size(), 3U);
  EXPECT_EQ(other->bans().find(*Address::parse("192.0.2.7"), now)->until, now + 2h);
}

TEST_F(MemoryStoreTest, survives_any_changed_byte_and_long_or_binary_lines) {
  auto store = make();
  fill(*store);
  ASSERT_TRUE(store->save(path, now));
  const std::string good = contents();
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] = at % 2 == 0 ? '\0' : '[';
    write(bad);
    (void)make()->load(path, now);
  }
  log.text.clear();
  write(std::string(100'000, '[') + "\n" + good);
  EXPECT_EQ(loaded_bans(now), 3U);
  EXPECT_NE(log.text.find("damaged at line 1"), std::string::npos);
  write(R"({"ravelin":"store","version":1})"
        "\n"
        R"({"ban":{"prefix":"192.0.2.1","jail":7}})"
        "\n"
        R"({"past":null})"
        "\n[1]\n7\n");
  EXPECT_EQ(loaded_bans(now), 0U);
}

TEST_F(MemoryStoreTest, says_which_file_cannot_be_written_and_leaves_the_old_one) {
  auto store = make();
  fill(*store);
  ASSERT_TRUE(store->save(path, now));
  const std::string good = contents();
  std::filesystem::create_directory(path + ".new");
  const auto saved = store->save(path, now);
  ASSERT_FALSE(saved);
  EXPECT_NE(saved.error().message.find("not saved: cannot create " + path), std::string::npos) << saved.error().message;
  EXPECT_EQ(contents(), good);
}

}  // namespace
}  // namespace ravelin::store
