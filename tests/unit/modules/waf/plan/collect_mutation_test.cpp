#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/body.h"
#include "unit/modules/waf/plan/collect_corpus.h"
#include "unit/modules/waf/plan/collect_reference.h"

namespace ravelin::waf::plan {
namespace {

using namespace std::string_view_literals;
using Outcome = CollectReference::Outcome;
using Random = std::mt19937;

// RAVELIN_COLLECT_MUTATIONS asks for more; RAVELIN_COLLECT_SEED for others.
std::size_t setting(const char* name, std::size_t otherwise) {
  const char* const text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}
std::size_t rounds() { return setting("RAVELIN_COLLECT_MUTATIONS", 8000); }
Random seeded(unsigned test) { return Random(static_cast<unsigned>(setting("RAVELIN_COLLECT_SEED", 1)) * 16 + test); }

std::size_t below(Random& random, std::size_t limit) { return limit == 0 ? 0 : random() % limit; }

template <typename List>
const auto& one_of(Random& random, const List& list) {
  return list[below(random, std::size(list))];
}

constexpr std::string_view fragments[] = {"%"sv,
                                          "%4"sv,
                                          "%41"sv,
                                          "%00"sv,
                                          "%3F"sv,
                                          "%25"sv,
                                          "%zz"sv,
                                          "+"sv,
                                          "&"sv,
                                          "="sv,
                                          ";"sv,
                                          "; "sv,
                                          " "sv,
                                          "\t"sv,
                                          "?"sv,
                                          "#"sv,
                                          "/"sv,
                                          "\\"sv,
                                          ":"sv,
                                          "//"sv,
                                          "\""sv,
                                          "'"sv,
                                          "\r\n"sv,
                                          "\n"sv,
                                          "\r"sv,
                                          "\0"sv,
                                          "\xff"sv,
                                          "\xc3\xa4"sv,
                                          "--"sv,
                                          "-"sv,
                                          "--edge"sv,
                                          "--edge\r\n"sv,
                                          "\r\n--edge\r\n"sv,
                                          "\r\n--edge--\r\n"sv,
                                          "--edge--"sv,
                                          "edge"sv,
                                          "boundary"sv,
                                          "Content-Disposition: form-data; name=\"n\""sv,
                                          "Content-Disposition"sv,
                                          "form-data"sv,
                                          "name="sv,
                                          "filename="sv,
                                          "filename*=UTF-8''a"sv,
                                          "; filename=\"f\""sv,
                                          "\r\n\r\n"sv,
                                          "{"sv,
                                          "}"sv,
                                          "["sv,
                                          "]"sv,
                                          ","sv,
                                          "null"sv,
                                          "true"sv,
                                          "1e5"sv,
                                          "\"k\":"sv,
                                          "\"\":"sv,
                                          "\\u0000"sv,
                                          "\\u00e4"sv,
                                          "\\ud83d\\ude00"sv,
                                          "\\\""sv,
                                          "multipart/form-data"sv,
                                          "a"sv,
                                          "A"sv,
                                          "\x0b"sv};

void mutate(Random& random, std::string& text, const std::string& other) {
  const std::size_t at = below(random, text.size() + 1);
  const std::size_t size = below(random, std::min<std::size_t>(text.size() - at, 12) + 1);
  switch (random() % 8) {
    case 0: text.erase(at, size); break;
    case 1: text.insert(at, text.substr(at, size)); break;
    case 2:
      if (at < text.size()) text[at] = static_cast<char>(random());
      break;
    case 3: text.insert(at, other.substr(below(random, other.size()), below(random, 40))); break;
    case 4: text.resize(at); break;
    case 5:
      if (random() % 16 == 0) text.insert(at, std::string(4080 + below(random, 32), 'x'));
      break;
    default: text.insert(at, one_of(random, fragments)); break;
  }
}

// The part of `request` that is changed; often the body.
std::string& piece_of(Random& random, OwnRequest& request) {
  if (!request.body.empty() && random() % 4 != 0) return request.body;
  const std::size_t piece = below(random, request.fields.size() + 3);
  return piece < request.fields.size() ? request.fields[piece].second : request.uri;
}

OwnRequest mutated(Random& random, const std::vector<OwnRequest>& seeds) {
  OwnRequest request = one_of(random, seeds);
  const OwnRequest& other = one_of(random, seeds);
  for (std::size_t changes = 1 + below(random, 4); changes > 0; --changes)
    mutate(random, piece_of(random, request), random() % 2 == 0 ? other.body : other.uri);
  for (const auto& [name, value] : request.fields)
    if (name == "content-type" && random() % 8 != 0) request.format = format_of(value);
  return request;
}

std::string random_text(Random& random) {
  static constexpr std::string_view pieces[] = {"a",    "b",    "k",       "\\n", "\\u00e4", "\xc3\xa4",
                                                "\\\\", "\\\"", "\\u0000", ".",   "<x>"};
  std::string text;
  for (std::size_t size = below(random, 5); size > 0; --size) text += one_of(random, pieces);
  return text;
}

std::string random_json(Random& random, std::size_t depth) {
  static constexpr std::string_view leaves[] = {"1", "-2.50", "1E9", "true", "false", "null", "\"\"", "{}", "[]"};
  const std::size_t kind = random() % 4;
  if (depth == 0 || kind == 0) return std::string(one_of(random, leaves));
  if (kind == 1) return "\"" + random_text(random) + "\"";
  std::string text;
  for (std::size_t members = below(random, 4); members > 0; --members) {
    if (!text.empty()) text += random() % 2 == 0 ? "," : " ,\n ";
    if (kind == 2) text += "\"" + random_text(random) + "\": ";
    text += random_json(random, depth - 1);
  }
  return kind == 2 ? "{" + text + "}" : "[" + text + " ]";
}

std::string random_part(Random& random) {
  static constexpr std::string_view names[] = {"name=\"a\"", "name=b", "name=\"c\\\"d\"", "name = \"e\\f\"",
                                               "name=\"\";name=g"};
  static constexpr std::string_view files[] = {
      "", "", "; filename=\"f.txt\"", ";filename=g;", "; filename=\"\"", "; filename=\"h\"; filename*=UTF-8''%41"};
  static constexpr std::string_view fields[] = {"", "", "Content-Type: text/plain\r\n", "X-Other:\t b\r\nY:\r\n"};
  static constexpr std::string_view lines[] = {"",    "x",       "\r\n",      "\n",     "\r", "--",
                                               "--x", "x--edge", "\r\n--edg", "--edge", "-",  "\r\r\n"};
  std::string text(one_of(random, fields));
  text.append("Content-Disposition: form-data; ").append(one_of(random, names)).append(one_of(random, files));
  text.append("\r\n").append(one_of(random, fields)).append("\r\n");
  for (std::size_t pieces = below(random, 6); pieces > 0; --pieces) {
    if (random() % 8 == 0) text.append(4085 + below(random, 20), 'y');
    text += one_of(random, lines);
  }
  return text + "\r\n";
}

std::string random_parts(Random& random) {
  std::string text;
  for (std::size_t count = 1 + below(random, 4); count > 0; --count) text += "--edge\r\n" + random_part(random);
  return text + (random() % 2 == 0 ? "--edge--" : "--edge--\r\n");
}

std::string random_pairs(Random& random) {
  std::string text;
  for (std::size_t count = below(random, 12); count > 0; --count) {
    static constexpr std::string_view pieces[] = {"a",   "bc", "=",   "&", "%",   "%2",   "%41",
                                                  "%g1", "+",  "%26", ";", "%00", "\xff", "=&"};
    text += one_of(random, pieces);
  }
  return text;
}

/// Tally counts what came of many requests.
class Tally {
 public:
  testing::AssertionResult add(const OwnRequest& request) {
    const Outcome outcome = reference_.compare(request, values_);
    ++counts_[static_cast<std::size_t>(outcome)];
    if (outcome != Outcome::different) return testing::AssertionSuccess();
    return testing::AssertionFailure() << reference_.differences();
  }
  std::size_t same() const { return counts_[0]; }
  std::size_t doubts() const { return counts_[1]; }

 private:
  CollectReference reference_;
  Values values_;
  std::array<std::size_t, 3> counts_{};
};

TEST(CollectMutations, requests_changed_at_random_have_the_librarys_values_or_are_in_doubt) {
  std::vector<OwnRequest> seeds = ordinary_requests();
  for (const auto& more : {odd_requests(), doubtful_requests()}) seeds.insert(seeds.end(), more.begin(), more.end());
  Random random = seeded(0);
  Tally tally;
  for (std::size_t i = 0; i < rounds(); ++i) ASSERT_TRUE(tally.add(mutated(random, seeds))) << "round " << i;
  RecordProperty("doubts", static_cast<int>(tally.doubts()));
  EXPECT_GT(tally.same(), rounds() / 4);
}

TEST(CollectMutations, well_formed_json_has_the_librarys_values_and_is_never_in_doubt) {
  Random random = seeded(1);
  Tally tally;
  for (std::size_t i = 0; i < rounds(); ++i)
    ASSERT_TRUE(tally.add(post_of("application/json", random_json(random, 5)))) << "round " << i;
  EXPECT_EQ(tally.doubts(), 0u);
}

TEST(CollectMutations, multipart_bodies_have_the_librarys_values_or_are_in_doubt) {
  Random random = seeded(2);
  Tally tally;
  for (std::size_t i = 0; i < rounds(); ++i)
    ASSERT_TRUE(tally.add(post_of("multipart/form-data; boundary=edge", random_parts(random)))) << "round " << i;
  EXPECT_GT(tally.same(), rounds() / 4);
}

TEST(CollectMutations, queries_forms_and_cookies_have_the_librarys_values_and_are_never_in_doubt) {
  Random random = seeded(3);
  Tally tally;
  for (std::size_t i = 0; i < rounds(); ++i) {
    OwnRequest request = post_of("application/x-www-form-urlencoded", random_pairs(random));
    std::string query = random_pairs(random);
    request.uri = "/" + random_text(random) + "?" + query;
    request.fields.emplace_back("Cookie", random_pairs(random) + ";" + random_pairs(random) + " ;");
    ASSERT_TRUE(tally.add(request)) << "round " << i;
  }
  EXPECT_EQ(tally.doubts(), 0u);
}

}  // namespace
}  // namespace ravelin::waf::plan
