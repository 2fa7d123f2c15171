#include <dlfcn.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/operators.h"
#include "unit/modules/waf/plan/oracle.h"

namespace ravelin::waf::plan {
namespace {

std::unique_ptr<Matcher> matcher_of(const char* name) { return std::move(*compile(Operator{name, "", false}, "")); }

// Where libinjection is.
std::string library_file() {
  Dl_info found{};
  const void* const function = ::dlsym(RTLD_DEFAULT, "libinjection_sqli");
  return function != nullptr && ::dladdr(function, &found) != 0 ? found.dli_fname : "";
}

bool is_capital_or_digit(unsigned char c) { return std::isupper(c) != 0 || std::isdigit(c) != 0; }

// What a text ends with in capitals and digits, and all that this ends with: of two texts of which one ends like the
// other, a linker keeps the longer one only.
void add_ends(const std::string& text, std::set<std::string>& words) {
  for (std::size_t at = text.size(); at > 0 && is_capital_or_digit(static_cast<unsigned char>(text[at - 1])); --at)
    words.insert(text.substr(at - 1));
}

// Every word that the library may know: all of libinjection's own are among them, which are the only ones that it takes
// for more than names.
std::vector<std::string> words_of_the_library() {
  std::ifstream file(library_file(), std::ios::binary);
  const std::string bytes(std::istreambuf_iterator<char>(file), {});
  std::set<std::string> words;
  for (std::size_t begin = 0; begin < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\0', begin), bytes.size());
    if (end - begin < 60) add_ends(bytes.substr(begin, end - begin), words);
    begin = end + 1;
  }
  return {words.begin(), words.end()};
}

// What begins a number, and what a number may end with so that a word stands right behind it.
constexpr const char* numbers[] = {"",    "1",  "0",   "12",   "1e",  "1e5",  "1E5d", "1d",  "1f",  "1D",   "1F", "0x",
                                   "0xF", "0b", "0b1", "0X1g", "1e1", "1e1f", "x",    "X41", "n",   "N",    "b",  "B1",
                                   "u",   "1u", "e",   "q",    "Qa",  "00",   "1o",   "09",  "1b1", "0xg1", "1n", "1E"};

// RAVELIN_INJECTION_ROUNDS asks for more.
std::size_t rounds() {
  const char* const text = std::getenv("RAVELIN_INJECTION_ROUNDS");
  return text == nullptr ? 200'000 : std::strtoull(text, nullptr, 10);
}

std::string in_some_case(std::string word, Generator& generator) {
  switch (generator.below(3)) {
    case 0: return word;
    case 1: return lower_case(word);
    default:
      for (char& c : word) c = generator.below(2) == 0 ? lower(c) : c;
      return word;
  }
}

// Up to five words, with and without numbers between.
std::string some_words(const std::vector<std::string>& words, Generator& generator) {
  std::string text;
  for (std::size_t count = 1 + generator.below(5); count > 0; --count) {
    if (generator.below(2) == 0) text += numbers[generator.below(std::size(numbers))];
    text += in_some_case(words[generator.below(words.size())], generator);
    if (generator.below(3) == 0) text += std::to_string(generator.below(2000));
  }
  return text;
}

class Words : public ::testing::Test {
 protected:
  void SetUp() override {
    ASSERT_GT(words.size(), 3000U);
    for (const char* known : {"UNION", "SELECT", "SLEEP", "OR", "LIKE", "BENCHMARK"})
      ASSERT_TRUE(std::find(words.begin(), words.end(), known) != words.end()) << known << " in " << library_file();
  }

  const std::vector<std::string> words = words_of_the_library();
  const std::unique_ptr<Matcher> sql = matcher_of("detectsqli");
  const std::unique_ptr<Matcher> html = matcher_of("detectxss");
  Generator generator{{}};
};

// What the prover relies on when it does not ask libinjection about texts of letters and digits only.
TEST_F(Words, that_follow_a_number_are_no_sql) {
  EXPECT_TRUE(sql->matches("1 UNION SELECT 2")) << "it finds what there is";
  for (const std::string& word : words)
    for (const std::string number : numbers)
      for (const std::string& text : {number + word, lower_case(number + word), number + word + "1", word + number})
        ASSERT_FALSE(sql->matches(text)) << text;
}

TEST_F(Words, and_numbers_in_any_order_are_no_sql) {
  for (std::size_t i = 0; i < rounds(); ++i) {
    const std::string text = some_words(words, generator);
    ASSERT_FALSE(sql->matches(text)) << text;
  }
}

TEST_F(Words, and_letters_in_any_order_are_no_sql) {
  constexpr std::string_view alphabet =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz01xXbBeEdDfFnNuU";
  for (std::size_t i = 0; i < rounds(); ++i) {
    std::string text(1 + generator.below(12), '\0');
    for (char& c : text) c = alphabet[generator.below(alphabet.size())];
    ASSERT_FALSE(sql->matches(text)) << text;
  }
}

// The same of texts that have '.', '_' and '-' besides.
TEST_F(Words, with_dots_and_hyphens_are_no_html) {
  EXPECT_TRUE(html->matches("<script>alert(1)</script>")) << "it finds what there is";
  constexpr std::string_view signs = "._-";
  for (std::size_t i = 0; i < rounds(); ++i) {
    std::string text = some_words(words, generator);
    for (std::size_t count = generator.below(6); count > 0; --count)
      text.insert(generator.below(text.size() + 1), 1, signs[generator.below(signs.size())]);
    ASSERT_FALSE(html->matches(text)) << text;
  }
}

}  // namespace
}  // namespace ravelin::waf::plan
