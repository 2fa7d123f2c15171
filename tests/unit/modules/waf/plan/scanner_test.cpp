#include "modules/waf/plan/scanner.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <numeric>
#include <set>
#include <string>
#include <vector>

#include "modules/waf/plan/alphabet.h"
#include "modules/waf/plan/cache.h"
#include "modules/waf/plan/operators.h"
#include "unit/modules/waf/plan/core_patterns.h"
#include "unit/modules/waf/plan/oracle.h"

namespace ravelin::waf::plan {
namespace {

using namespace std::string_literals;

std::unique_ptr<Matcher> matcher_of(const std::string& pattern) {
  return std::move(*compile(Operator{"rx", pattern, false}, ""));
}

std::vector<Pattern> expressions(const std::vector<std::string>& texts) {
  std::vector<Pattern> patterns;
  for (const std::string& text : texts) patterns.push_back({text, false});
  return patterns;
}

std::vector<unsigned> numbers_to(std::size_t size) {
  std::vector<unsigned> numbers(size);
  std::iota(numbers.begin(), numbers.end(), 0U);
  return numbers;
}

std::set<unsigned> reported(const Scanner& scanner, std::string_view text) {
  Scratch scratch;
  EXPECT_TRUE(scanner.fit(scratch));
  std::set<unsigned> numbers(scanner.unscanned().begin(), scanner.unscanned().end());
  EXPECT_TRUE(scanner.scan(text, scratch, [&](unsigned number) { numbers.insert(number); }));
  return numbers;
}

const std::vector<std::string> hand_patterns{
    "a$",        "^a",     "\\bor\\b",  "\\s",        "\\S",           "[[:space:]]",  "\\d+$",   "^$",
    "(?i)union", "a.b",    "[^a]",      "\\x00",      "[\\x80-\\xff]", "(?:a|b){2,3}", "(a)\\1",  "a(?=b)",
    "(?<!a)b",   "\\w\\W", "a++b",      "(?s).",      "^[^;\\s]+",     "\\v",          "a\\z",    "(?i)[^k]",
    "\\Aa",      "\\Bb",   "(?>a|ab)c", "\\h",        "[\\s\\v]",      "a{,2}b",       "\\x{41}", "a|",
    "",          "\\n^a",  "$\\n",      "(?i:K)\\xe9"};

// In small parts, which compile in a fraction of the time of the whole.
std::size_t check_reports(const std::vector<std::string>& texts, Generator& near) {
  const auto scanner = Scanner::compile(expressions(texts), numbers_to(texts.size()));
  if (!scanner) return 0;
  std::vector<std::unique_ptr<Matcher>> matchers;
  for (const std::string& text : texts) matchers.push_back(matcher_of(text));
  std::size_t matches = 0;
  for (int round = 0; round < 400; ++round) {
    const std::string value = round % 10 == 0 ? near.bytes(20) : near.value();
    if (value.empty()) continue;
    const std::set<unsigned> numbers = reported(*scanner, value);
    for (unsigned i = 0; i < texts.size(); ++i) {
      if (!matchers[i]->matches(value)) continue;
      ++matches;
      EXPECT_TRUE(numbers.contains(i)) << texts[i] << " in " << shown(value);
    }
  }
  return matches;
}

TEST(Scanner, reports_every_pattern_that_matches) {
  std::vector<std::string> texts = core_patterns();
  ASSERT_GT(texts.size(), 100U);
  texts.insert(texts.end(), hand_patterns.begin(), hand_patterns.end());
  std::size_t matches = 0;
  for (std::size_t i = 0; i < texts.size(); i += 10) {
    const auto begin = texts.begin() + static_cast<std::ptrdiff_t>(i);
    const std::vector<std::string> part(
        begin, begin + static_cast<std::ptrdiff_t>(std::min<std::size_t>(10, texts.size() - i)));
    Generator near(pieces_near(part), 5);
    matches += check_reports(part, near);
  }
  EXPECT_GT(matches, 3000U);
}

// Where Hyperscan takes a pattern for a narrower one than PCRE2 does.
TEST(Scanner, reports_what_its_library_would_read_otherwise) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {"([a-z])(?i:\\1)", "aA"},   {"(\\b)a\\1[b-]", "ab"},          {"(a)(b)(c)(d)(e)(f)(g)(h)\\8", "abcdefghh"},
      {"(?xx)a[^b c]b", "a b"},    {"(?i-s:(?ixx)a[^b c]b)", "a b"}, {"(*UCP)(?i)\xe9", "\xc9"},
      {"(?<n>a)(?i)\\k<n>", "aA"}, {"(?P<n>a)(?i)(?P=n)", "aA"},     {"(a)(?i)\\g{1}", "aA"}};
  for (const auto& [pattern, text] : cases) {
    ASSERT_TRUE(matcher_of(pattern)->matches(text)) << pattern;
    const auto scanner = Scanner::compile(expressions({pattern}), std::vector<unsigned>{1});
    ASSERT_TRUE(scanner);
    EXPECT_TRUE(reported(*scanner, text).contains(1)) << pattern;
  }
}

// Fails with a library that is not to be trusted, as Vectorscan 5.4.9.
TEST(Scanner, passes_its_own_check) {
  const auto checked = Scanner::check();
  EXPECT_TRUE(checked) << checked.error().message;
}

TEST(Scanner, finds_phrases_in_any_case) {
  const std::vector<Pattern> patterns{{"Evil.*", true}, {"\xe9\n", true}, {"b\0c"s, true}};
  const auto scanner = Scanner::compile(patterns, std::vector<unsigned>{7, 8, 9});
  ASSERT_TRUE(scanner);
  EXPECT_EQ(reported(*scanner, "an eVIL.* one"), std::set<unsigned>{7});
  EXPECT_EQ(reported(*scanner, "\xe9\n"), std::set<unsigned>{8});
  EXPECT_EQ(reported(*scanner, "aB\0Cd"s), std::set<unsigned>{9});
  EXPECT_TRUE(reported(*scanner, "evil").empty());
}

TEST(Scanner, leaves_out_what_cannot_be_compiled_and_says_so) {
  const auto scanner = Scanner::compile(expressions({"good", "a\\Cb(*ACCEPT)"}), std::vector<unsigned>{3, 4});
  ASSERT_TRUE(scanner);
  EXPECT_TRUE(reported(*scanner, "nothing").contains(4));
  EXPECT_TRUE(reported(*scanner, "good").contains(3));
}

TEST(Scanner, is_the_same_after_having_been_stored) {
  const auto scanner = Scanner::compile(expressions({"evil", "b+"}), std::vector<unsigned>{1, 2});
  ASSERT_TRUE(scanner);
  const auto again = Scanner::restore(scanner->serialize(), {});
  ASSERT_TRUE(again);
  EXPECT_EQ(reported(*again, "an evil bb"), (std::set<unsigned>{1, 2}));
  EXPECT_FALSE(again->is_empty());
}

TEST(Scanner, is_not_restored_from_damaged_bytes) {
  const auto scanner = Scanner::compile(expressions({"evil"}), std::vector<unsigned>{1});
  std::string bytes = scanner->serialize();
  EXPECT_FALSE(Scanner::restore(bytes.substr(0, bytes.size() / 2), {}));
  bytes[bytes.size() / 2] = static_cast<char>(bytes[bytes.size() / 2] ^ 1);
  EXPECT_FALSE(Scanner::restore(bytes, {}));
  EXPECT_FALSE(Scanner::restore("no database", {}));
}

class CacheFolder {
 public:
  CacheFolder() { std::filesystem::create_directories(folder_); }
  ~CacheFolder() { std::filesystem::remove_all(folder_); }
  const std::string& path() const { return folder_; }
  std::vector<std::string> files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) names.push_back(entry.path());
    return names;
  }

 private:
  std::string folder_ = testing::TempDir() + "ravelin-cache-" + std::to_string(::getpid());
};

TEST(Cache, compiles_again_what_is_damaged_anywhere) {
  const CacheFolder folder;
  const Cache cache(folder.path());
  const std::vector<Pattern> patterns = expressions({"evil", "a(*ACCEPT)b"});
  const std::vector<unsigned> numbers{5, 6};
  ASSERT_TRUE(cache.compile(patterns, numbers));
  ASSERT_EQ(folder.files().size(), 1U);
  const std::string file = folder.files().front();
  std::ifstream stream(file, std::ios::binary);
  const std::string whole(std::istreambuf_iterator<char>(stream), {});
  for (std::size_t at = 0; at < whole.size(); at += 1 + at / 8) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    for (const std::string& text : {damaged, whole.substr(0, at)}) {
      std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
      const auto scanner = cache.compile(patterns, numbers);
      ASSERT_TRUE(scanner);
      EXPECT_EQ(reported(*scanner, "evil"), (std::set<unsigned>{5, 6})) << at;
    }
  }
}

TEST(Cache, keeps_patterns_apart_by_text_kind_and_number) {
  const CacheFolder folder;
  const Cache cache(folder.path());
  ASSERT_TRUE(cache.compile(expressions({"a."}), std::vector<unsigned>{1}));
  const std::vector<Pattern> phrase{{"a.", true}};
  EXPECT_TRUE(reported(*cache.compile(phrase, std::vector<unsigned>{1}), "ab").empty());
  EXPECT_EQ(reported(*cache.compile(expressions({"a."}), std::vector<unsigned>{2}), "ab"), std::set<unsigned>{2});
  EXPECT_EQ(folder.files().size(), 3U);
}

void copy_over(const std::string& from, const std::string& to) {
  std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
}

TEST(Cache, takes_no_file_under_the_name_of_another) {
  const CacheFolder folder;
  const Cache cache(folder.path());
  ASSERT_TRUE(cache.compile(expressions({"evil"}), std::vector<unsigned>{1}));
  const std::string evil = folder.files().front();
  std::filesystem::rename(evil, evil + "-kept");
  ASSERT_TRUE(cache.compile(expressions({"good"}), std::vector<unsigned>{1}));
  for (const std::string& file : folder.files())
    if (file != evil + "-kept") copy_over(evil + "-kept", file);
  EXPECT_EQ(reported(*cache.compile(expressions({"good"}), std::vector<unsigned>{1}), "good"), std::set<unsigned>{1});
}

// What is in the file would be found: it is not even read.
TEST(Cache, takes_no_file_that_others_may_write_to) {
  const CacheFolder folder;
  const Cache cache(folder.path());
  ASSERT_TRUE(cache.compile(expressions({"evil"}), std::vector<unsigned>{1}));
  const std::filesystem::path file = folder.files().front();
  std::filesystem::permissions(file, std::filesystem::perms::group_write, std::filesystem::perm_options::add);
  const auto before = std::filesystem::status(file).permissions();
  ASSERT_TRUE(cache.compile(expressions({"evil"}), std::vector<unsigned>{1}));
  EXPECT_NE(std::filesystem::status(file).permissions(), before) << "it was written anew";
}

class CleanedCache : public ::testing::Test {
 protected:
  std::string add(const std::string& name, std::size_t bytes, std::chrono::hours unused) {
    const std::string file = folder.path() + "/" + name;
    std::ofstream(file) << std::string(bytes, 'x');
    std::filesystem::last_write_time(file, std::filesystem::last_write_time(folder.path()) - unused);
    return file;
  }
  static std::string own_name(char digit) { return std::string(32, digit) + ".patterns"; }
  std::set<std::string> left() const {
    std::set<std::string> names;
    for (const std::string& file : folder.files()) names.insert(std::filesystem::path(file).filename());
    return names;
  }

  CacheFolder folder;
  Cache cache{folder.path()};
};

constexpr std::chrono::hours day{24};

TEST_F(CleanedCache, is_without_what_was_not_used_for_thirty_days) {
  add(own_name('a'), 10, 29 * day);
  add(own_name('b'), 10, 31 * day);
  add(own_name('c') + ".Xy12zW", 10, 31 * day);
  cache.clean();
  EXPECT_EQ(left(), std::set<std::string>{own_name('a')});
}

TEST_F(CleanedCache, is_without_the_longest_unused_beyond_its_size) {
  add(own_name('a'), 400, 3 * day);
  add(own_name('b'), 400, 1 * day);
  add(own_name('c'), 400, 2 * day);
  cache.clean({.bytes = 1000});
  EXPECT_EQ(left(), (std::set<std::string>{own_name('b'), own_name('c')}));
}

TEST_F(CleanedCache, has_what_others_put_there) {
  for (const std::string& name :
       {std::string("notes.txt"), std::string("0123.pattern"), std::string("g") + own_name('a'), own_name('a') + "~",
        own_name('A'), own_name('a') + ".gz", std::string(".patterns")})
    add(name, 1000, 90 * day);
  std::filesystem::create_directory(folder.path() + "/" + own_name('d'));
  std::filesystem::create_symlink(folder.path() + "/notes.txt", folder.path() + "/" + own_name('e'));
  const std::set<std::string> before = left();
  cache.clean({.bytes = 0});
  EXPECT_EQ(left(), before);
}

TEST_F(CleanedCache, has_what_is_used) {
  const std::vector<unsigned> numbers{1};
  ASSERT_TRUE(cache.compile(expressions({"evil"}), numbers));
  const std::string file = folder.files().front();
  std::filesystem::last_write_time(file, std::filesystem::last_write_time(file) - 40 * day);
  ASSERT_TRUE(cache.compile(expressions({"evil"}), numbers));
  cache.clean();
  EXPECT_EQ(folder.files(), std::vector<std::string>{file});
}

TEST(Cache, does_without_a_folder) {
  EXPECT_TRUE(Cache("").compile(expressions({"a"}), std::vector<unsigned>{1}));
  EXPECT_TRUE(Cache("/nonexistent/folder").compile(expressions({"a"}), std::vector<unsigned>{1}));
  Cache("").clean();
  Cache("/nonexistent/folder").clean();
}

// Alphabets as texts are made from: no byte of other classes.
struct Alphabet {
  ByteClasses classes;
  std::string bytes;
};

std::vector<Alphabet> alphabets() {
  std::vector<Alphabet> all;
  const auto add = [&](ByteClasses classes) {
    all.push_back({classes, {}});
    for (unsigned byte = 0; byte < 256; ++byte)
      if (has_any(class_of(static_cast<unsigned char>(byte)), classes)) all.back().bytes += static_cast<char>(byte);
  };
  for (unsigned bit = 0; bit < 25; ++bit) add(static_cast<ByteClasses>(1U << bit));
  add(ByteClasses::lower | ByteClasses::digit);
  add(ByteClasses::lower | ByteClasses::upper | ByteClasses::digit | ByteClasses::word);
  add(ByteClasses::lower | ByteClasses::upper | ByteClasses::digit | ByteClasses::word | ByteClasses::space |
      ByteClasses::slash | ByteClasses::list | ByteClasses::equals | ByteClasses::star | ByteClasses::plus);
  return all;
}

TEST(Alphabet_, says_of_no_pattern_that_it_cannot_match_where_it_does) {
  std::vector<std::string> patterns = core_patterns();
  patterns.insert(patterns.end(), hand_patterns.begin(), hand_patterns.end());
  for (const char* more : {"\\p{Lu}",      "\\x{4a}",       "[\\x{4a}]",     "\\g{1}()",
                           "(a)\\g{-1}",   "(?<n>a)\\k<n>", "(?<n>a)\\k{n}", "(?P<n>a)(?P=n)",
                           "\\cA",         "\\Qa|b\\E",     "\\101",         "\\o{101}",
                           "(?x) a # <\n", "(?#<)a",        "(?|<a|a)",      "(a)?(?(1)<|b)",
                           "<{0}a",        "(<)?a",         "(?:<|)a",       "<*a",
                           "<{0,3}a",      "a{,3}",         "[^<]",          "[]a]",
                           "[^]<]",        "[a-]",          "[\\d-a]",       "[a\\-z]",
                           "[+--]",        "(?i)É",         "(?!<)a",        "(?<!<)a",
                           "a(?=<|a)",     "\\R",           "\\N",           "\\H",
                           "\\e",          "\\a",           "[[:alpha:]]",   "[^[:alpha:]]",
                           "(?i)[A-F]",    "(?-i)a",        "a(?i)b",        "\\Ka",
                           "(*UTF)a",      "(?R)?a",        "x|<|a",         "(x|(y|a))+"})
    patterns.emplace_back(more);
  const std::vector<std::string> words = pieces_near(patterns);
  Generator near(words, 9);
  std::size_t refused = 0;
  for (const std::string& pattern : patterns) {
    auto compiled = compile(Operator{"rx", pattern, false}, "");
    if (!compiled) continue;
    for (const Alphabet& alphabet : alphabets()) {
      if (can_match_within(pattern, alphabet.classes)) continue;
      ++refused;
      for (int round = 0; round < 16; ++round) {
        std::string text = near.value() + near.bytes(12);
        std::erase_if(text, [&](char byte) { return alphabet.bytes.find(byte) == std::string::npos; });
        if (round % 2 == 0)
          for (char& byte : text = near.bytes(12))
            byte = alphabet.bytes[static_cast<unsigned char>(byte) % alphabet.bytes.size()];
        EXPECT_FALSE((*compiled)->matches(text)) << pattern << " in " << shown(text);
      }
    }
  }
  EXPECT_GT(refused, 1000U);  // or it would prove nothing
}

TEST(Alphabet_, knows_the_syntax_that_the_core_rule_set_uses) {
  constexpr ByteClasses letters = ByteClasses::lower | ByteClasses::upper;
  for (const char* pattern :
       {"<", "a<", "(?:<|>)", "(?i)a<b", "[<>]", "\\x3c", "a+<+", "(a<)+", "\\d", "^\\W", "a{2}<"})
    EXPECT_FALSE(can_match_within(pattern, letters)) << pattern;
  for (const char* pattern : {"a", "", "<?a", "a|<", "(?:<|b)", "[^<]", ".", "\\w", "(?=<)", "^$", "\\S", "<{0,2}"})
    EXPECT_TRUE(can_match_within(pattern, letters)) << pattern;
  EXPECT_TRUE(can_occur_within("ab", ByteClasses::upper));
  EXPECT_FALSE(can_occur_within("a<", letters));
}

}  // namespace
}  // namespace ravelin::waf::plan
