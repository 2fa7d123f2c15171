#include "waf_diff/rule_requests.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "modules/waf/plan/operators.h"
#include "waf_diff/attacks.h"
#include "waf_diff/draft.h"
#include "waf_diff/pattern_texts.h"
#include "waf_diff/undone.h"

namespace ravelin::waf_diff {
namespace {

using waf::plan::Operator;
using waf::plan::Rule;
using waf::plan::Target;

constexpr std::array<std::string_view, 8> plain_texts{"a", "GET", "POST", "x y", "1", "", "some/text", "FOO"};

bool is_phrases(const Operator& op) { return op.name == "pm" || op.name == "pmf" || op.name == "pmfromfile"; }
bool is_number(const Operator& op) {
  return op.name == "eq" || op.name == "ge" || op.name == "gt" || op.name == "le" || op.name == "lt";
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words{std::string(text)};
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

// Payloads of the kind that the operator detects.
std::vector<std::string> injections(std::string_view kind) {
  std::vector<std::string> texts;
  for (const Payload& payload : payloads())
    if (payload.kind == kind) texts.push_back(payload.text);
  return texts;
}

std::vector<std::string> words_for(const Rule& link) {
  const Operator& op = link.op;
  if (is_phrases(op)) {
    auto phrases = waf::plan::phrases_of(op, link.place.file);
    return phrases ? *std::move(phrases) : std::vector<std::string>();
  }
  if (op.name == "detectsqli") return injections("sql");
  if (op.name == "detectxss") return injections("xss");
  if (op.name.starts_with("validate"))
    return {"%",        "%4",   "%zz",  "\x01", "\x1f", "\x7f",  "\xff",
            "\xc0\xaf", "\xc3", "\r\n", "<",    "~",    "a%00b", "A%41\xed\xa0\x80"};
  return op.name == "rx" ? std::vector<std::string>() : words_of(op.argument);
}

// Around which the operator looks, or not.
std::string among(std::string text, Random& random) {
  switch (random.below(9)) {
    case 0: return text + random.pick(std::array<std::string_view, 5>{"x", " ", "\n", ";", "'"}).data();
    case 1: return random.pick(std::array<std::string_view, 5>{"x", " ", "\n", "/", "'"}).data() + text;
    case 2: return "see " + text + " there";
    default: return text;
  }
}

}  // namespace

// LinkTexts are the texts of one rule of a chain, in turn.
class RuleRequests::LinkTexts {
 public:
  explicit LinkTexts(const Rule& link) : link_(link), words_(words_for(link)) {
    if (link.op.name == "rx") pattern_ = std::make_unique<PatternTexts>(waf::plan::pattern_of(link.op));
  }

  std::size_t alternatives() const { return pattern_ != nullptr ? pattern_->alternatives() : words_.size(); }
  std::size_t places() const { return link_.targets.size() * (2 * link_.transforms.size() + 1); }

  // Targets in turn, and for each the transformations.
  void put_into(Draft& draft, const std::string& before, Random& random) {
    if (link_.targets.empty()) return;
    const std::size_t turn = turn_++;
    const Target& target = link_.targets[turn % link_.targets.size()];
    if (target.is_count || is_number(link_.op)) return draft.put_count(target, number(random), random);
    const std::string text = before.empty() || random.one_in(2) ? last_ : last_ + before;
    draft.put(target, disguised(text, turn / link_.targets.size() % (2 * link_.transforms.size() + 1), random), random);
  }

  // A text of this rule's operator.
  const std::string& renew(Random& random) {
    last_ = link_.op.is_negated && random.one_in(2) ? std::string(random.pick(plain_texts))
                                                    : among(fitting(random), random);
    return last_;
  }

 private:
  // So that the one at `which` is needed, then several at once; at last, as it is.
  std::string disguised(std::string text, std::size_t which, Random& random) const {
    const auto& transforms = link_.transforms;
    if (which >= 2 * transforms.size()) return text;
    for (std::size_t i = transforms.size(); i-- > 0;) {
      const bool is_undone = which < transforms.size() ? i == which : random.one_in(2);
      if (is_undone) text = undone(transforms[i], text, random);
      if (!is_undone && (i < which || which >= transforms.size())) text = guarded(transforms[i], text);
    }
    return text;
  }

  std::string fitting(Random& random) {
    if (pattern_ != nullptr) {
      const bool has_cases = link_.op.argument.find("(?i") != std::string::npos && random.one_in(3);
      return has_cases ? undone(waf::plan::Transform::lowercase, pattern_->make(random), random)
                       : pattern_->make(random);
    }
    if (words_.empty()) return std::string(random.pick(plain_texts));
    return words_[next_++ % words_.size()];
  }

  std::size_t number(Random& random) const {
    const std::size_t wanted = std::strtoul(link_.op.argument.c_str(), nullptr, 10);
    return wanted + random.below(3) - std::min<std::size_t>(wanted, 1);
  }

  const Rule& link_;
  std::vector<std::string> words_;
  std::unique_ptr<PatternTexts> pattern_;
  std::size_t next_ = 0;
  std::size_t turn_ = 0;
  std::string last_;
};

RuleRequests::RuleRequests(const Rule& rule) {
  links_.push_back(std::make_unique<LinkTexts>(rule));
  for (const Rule& link : rule.chained) links_.push_back(std::make_unique<LinkTexts>(link));
}

RuleRequests::~RuleRequests() = default;

std::size_t RuleRequests::fewest() const {
  std::size_t most = 1;
  for (const auto& link : links_) most = std::max({most, 4 * link->alternatives(), 3 * link->places()});
  return most;
}

Sample RuleRequests::make(Random& random) {
  Draft draft;
  std::string later;  // what the rest of the chain looks for in what has matched
  for (std::size_t i = links_.size(); i-- > 0;) {
    const std::string text = links_[i]->renew(random);
    links_[i]->put_into(draft, later, random);
    later += text;
  }
  return draft.finish(random);
}

std::vector<Sample> tests_of(const std::vector<CrsTest>& tests, std::int64_t rule) {
  std::vector<Sample> samples;
  for (const CrsTest& test : tests)
    if (test.wanted.contains(rule) || test.unwanted.contains(rule)) samples.push_back(mended(test.sample));
  return samples;
}

}  // namespace ravelin::waf_diff
