#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cctype>
#include <cstdint>
#include <cstdlib>

#include "unit/modules/waf/plan/policy_text.h"

namespace ravelin::waf::plan {
namespace {

// Directives of the kinds that rule sets have; each alone is read by both.
constexpr std::array<std::string_view, 15> seeds{
    "SecRule ARGS|!ARGS:id|&REQUEST_HEADERS:/^x-/ \"@rx ^a\\\"b%20\" \"id:1,phase:2,t:none,t:lowercase,deny,msg:'a, "
    "b',tag:'c'\"\n",
    "SecRule REQUEST_HEADERS:User-Agent \"!@pm a b\" \\\n    \"id:2,\\\n    phase:request,\\\n    block,\\\n    "
    "capture,\\\n    logdata:'%{TX.0} in %{MATCHED_VAR}'\"\n",
    "SecRule TX:a \"@eq 0\" \"id:3,phase:1,chain,pass,nolog\"\nSecRule ARGS:'/a|b/' \"@within x\" "
    "\"t:trim,setvar:'tx.b=+%{tx.c}'\"\n",
    "SecAction \"id:4,phase:1,nolog,pass,t:none,setvar:tx.a=1,setvar:'tx.b=x y/z',ctl:ruleRemoveById=1-2\"\n",
    "SecAction \\\n \"id:5,\\\n  phase:5,\\\n  severity:'CRITICAL',\\\n  ver:'OWASP/1',\\\n  skipAfter:END-X\"\n",
    "SecMarker \"END-X\"\n",
    "SecDefaultAction \"phase:1,log,auditlog,deny,status:403\"\n",
    "SecRuleRemoveById 1 2 3-4\n",
    "SecRuleUpdateTargetById 1 \"!ARGS:foo|!REQUEST_COOKIES:/^a/\"\n",
    "SecRuleRemoveByTag \"attack-xss\"\n",
    "# a comment \\\nSecComponentSignature \"x/3\"\n",
    "#SecRule ARGS \"x\" \\\n#    \"id:1\"\n",
    "SecRule ARGS \"@validateUtf8Encoding\" \"id:6,phase:2,multiMatch,deny,expirevar:'ip.a=60'\"\n",
    "SecRule MULTIPART_PART_HEADERS|XML:/* \"@validateByteRange 1-255\" "
    "\"id:7,initcol:ip=%{remote_addr}_%{tx.a},status:400,deny\"\n",
    "SecAction \"id:8,phase:5,\\\n msg:'Scores: \\\n(a=%{tx.a}, b=%{tx.b}) - \\\n(c)',\\\n tag:'x'\"\n",
};

// xorshift: the same numbers everywhere.
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15U + 1) {}
  std::size_t below(std::size_t end) {
    state_ ^= state_ << 13U;
    state_ ^= state_ >> 7U;
    state_ ^= state_ << 17U;
    return static_cast<std::size_t>(state_ % end);
  }

 private:
  std::uint64_t state_;
};

constexpr std::array<std::string_view, 40> pieces{"\"",      "'",
                                                  "\\",      "\\\"",
                                                  "\\'",     " ",
                                                  "  ",      "\t",
                                                  "\n",      "\\\n",
                                                  "\\\n  ",  "\r\n",
                                                  ",",       "|",
                                                  "!",       "&",
                                                  "%",       "%%",
                                                  "%{",      "}",
                                                  "/",       ":",
                                                  "=",       "+",
                                                  "-",       ";",
                                                  "@",       "#",
                                                  "t:",      "a1",
                                                  "id",      "x",
                                                  "@rx ",    "#SecRule \\\n",
                                                  "%{tx.a}", "!@eq ",
                                                  "chain",   "''",
                                                  "\"\"",    "\\\\"};

std::string mutate(std::string text, Dice& dice) {
  const std::size_t at = dice.below(text.size());
  switch (dice.below(6)) {
    case 0: return text.insert(at, pieces.at(dice.below(pieces.size())));
    case 1: return text.replace(at, 1, pieces.at(dice.below(pieces.size())));
    case 2: return text.erase(at, 1 + dice.below(2));
    case 3: return text.erase(at, dice.below(12));
    case 4: return text.insert(dice.below(text.size()), text.substr(at, dice.below(10)));
    default:
      for (std::size_t i = at; i < std::min(at + 8, text.size()); ++i) {
        const auto c = static_cast<unsigned char>(text[i]);
        text[i] = static_cast<char>(std::isupper(c) != 0 ? std::tolower(c) : std::toupper(c));
      }
      return text;
  }
}

// A directive among others, so that what one does to the next shows.
std::string mutated(Dice& dice) {
  std::string text(seeds.at(dice.below(seeds.size())));
  for (std::size_t count = 1 + dice.below(2); count > 0; --count)
    if (!text.empty()) text = mutate(std::move(text), dice);
  return "SecRuleEngine On\n" + text + "\nSecAction \"id:100,phase:1\"\n\nSecRule ARGS \"x\" \"id:101\"\n";
}

struct Tally {
  int agreed = 0;
  int refused_by_both = 0;
  int doubted = 0;
};

bool compare(const std::string& text, Tally& tally) {
  const auto sources = one(text);
  const auto plan = parse(sources);
  // Not shown to the library, which prints some of it, and dies of some.
  if (plan && !plan->unsupported.empty()) {
    ++tally.doubted;
    return true;
  }
  LibraryRules loaded(sources);
  if (!plan) {
    EXPECT_FALSE(loaded.is_loaded()) << plan.error().message << "\n" << text;
    ++tally.refused_by_both;
    return !loaded.is_loaded();
  }
  EXPECT_TRUE(loaded.is_loaded()) << loaded.error() << "\n" << text;
  if (!loaded.is_loaded()) return false;
  const auto same = check_plan(loaded.rules(), *plan);
  EXPECT_TRUE(same) << same.error().message << "\n" << text;
  ++tally.agreed;
  return same.is_ok();
}

TEST(MutatedSecLang, is_taken_and_read_as_by_the_library_or_doubted) {
  Tally tally;
  int failures = 0;
  const char* rounds = std::getenv("RAVELIN_SECLANG_ROUNDS");
  for (int seed = 1; seed <= (rounds == nullptr ? 4000 : std::atoi(rounds)) && failures < 5; ++seed) {
    Dice dice(static_cast<std::uint64_t>(seed));
    failures += compare(mutated(dice), tally) ? 0 : 1;
  }
  RecordProperty("agreed", tally.agreed);
  RecordProperty("doubted", tally.doubted);
  EXPECT_EQ(failures, 0);
  EXPECT_GT(tally.agreed, 1000);
  EXPECT_GT(tally.refused_by_both, 50);
}

TEST(SecLangSeeds, are_read_without_doubt) {
  for (const std::string_view seed : seeds) EXPECT_EQ(difference(one(std::string(seed))), "") << seed;
}

}  // namespace
}  // namespace ravelin::waf::plan
