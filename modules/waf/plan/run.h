#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/collect.h"
#include "modules/waf/plan/effort.h"
#include "modules/waf/plan/fold.h"
#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {

/// Found is a value that the scanner has something in for the first rule of a step. The text is after its
/// transformations.
struct Found {
  unsigned step = 0;
  Variable variable = Variable::other;
  std::string_view name;
  std::string_view text;
};

/// Hit is a rule that has matched and is logged: its texts with what they name filled in.
struct Hit {
  const Rule* rule = nullptr;
  std::string message;
  std::string data;      // of the action logdata
  std::string variable;  // in which its last rule matched
  bool refuses = false;
};

/// Run evaluates steps one by one for one request, exactly where libmodsecurity's own order does not show. Where
/// it does (which of several matching values comes last), a proof decides in favour of a match, and a score is in
/// doubt. Reused from request to request.
class Run {
 public:
  Run(const Values& values, std::chrono::nanoseconds effort) : values_(values), effort_(effort) {}

  void start(Purpose purpose, Spend spend);
  /// What may be spent from the next start on.
  void limit(std::chrono::nanoseconds effort) { effort_.limit(effort); }
  /// Whether the chain matches whole. A scanned step looks at `found` only.
  bool matches(const Step& step, std::span<const Found> found);
  /// The same of a step for a score. What the chain does beside its assignments is in hits() and refusal().
  bool scores(const Step& step, std::span<const Found> found);
  const std::vector<Hit>& hits() const { return hits_; }
  /// Of the refusal by the last step that scored; 0: it does not refuse.
  int refusal() const { return refusal_; }
  /// Of a step that tells of each value by itself: whether this value makes it match, or what is assigned for it is
  /// read elsewhere. Assigns nothing.
  bool shows_of(const Step& step, const Found& one);
  /// Something is captured by a rule that need not be evaluated.
  void note_captures() { has_captured_ = true; }
  /// The anomaly score so far.
  int score();
  /// Something was read whose value the library may see otherwise, or the request takes too much effort: it has to be
  /// the library's.
  bool is_in_doubt() const { return is_in_doubt_; }
  Purpose purpose() const { return purpose_; }
  /// Whether asking a link about so long a text may take long.
  static bool takes_long(const Link& link, std::size_t size) {
    return Effort::is_costly(link) && Effort::is_long(size);
  }
  /// Whether it has taken too much effort.
  bool is_spent() const { return effort_.is_spent(); }
  /// Why there is doubt, if so.
  std::string_view doubt() const {
    return effort_.is_spent() ? "looking closely would take too much effort"
                              : "what a rule reads depends on the library's order";
  }
  /// Whether `matcher`, of `link`, matches a text. True, and doubt, if finding out would take too long.
  bool holds(const Link& link, const Matcher& matcher, std::string_view text, Captures* captures = nullptr);
  /// Takes the cost of transforming `size` bytes as `link` asks, or of compiling its operator for this request alone.
  /// False, and in doubt, if no effort is left.
  bool affords_transforming(const Link& link, std::size_t size) {
    is_in_doubt_ = is_in_doubt_ || !effort_.take_transforming(link, size);
    return !is_in_doubt_;
  }
  /// Before a link is asked whether it looks at a value with a name of `size` bytes.
  bool affords_picking(const Link& link, std::size_t size) {
    is_in_doubt_ = is_in_doubt_ || !effort_.take_picking(link, size);
    return !is_in_doubt_;
  }
  bool affords_comparing(std::size_t names) {
    is_in_doubt_ = is_in_doubt_ || !effort_.take_comparing(names);
    return !is_in_doubt_;
  }
  bool affords_compiling() {
    is_in_doubt_ = is_in_doubt_ || !effort_.take_compiling();
    return !is_in_doubt_;
  }
  /// Whether rules that do not show have given the request an anomaly score.
  bool has_score() const;

 private:
  struct Alternative {
    Variable variable = Variable::other;
    std::string name;
    std::string value;
    Captures captures;
    bool is_count = false;
  };
  struct Changed {
    std::string value;
    bool is_certain = true;
  };

  /// Matches are those of one link.
  using Matches = std::vector<Alternative>;

  bool follow_exactly(const Step& step, std::size_t depth, const Matches& matched);
  bool agree(const Step& step, std::size_t depth, const Matches& matched);
  std::vector<std::size_t> counts_after(const Step& step, std::size_t depth, const Alternative& last);
  void take_effect(const Step& step);
  void report(const Step& step, const Alternative& last);
  std::string described(const Step& step, std::string_view action);
  std::vector<Alternative> confirm(const Link& link, std::span<const Found> found);
  std::vector<Alternative> evaluate(const Link& link);
  bool follow(const Step& step, std::size_t depth, const std::vector<Alternative>& matched, bool is_certain);
  static bool do_differ(const Matches& matched);
  void assign(const Link& link, const std::vector<Alternative>& matched, bool is_certain);

  /// One value as it is in the request, or as a rule before left it.
  struct Value {
    Variable variable = Variable::other;
    std::string_view name;
    std::string_view text;
    bool is_count = false;
  };
  /// Test is one rule on its way over its values.
  struct Test {
    const Link& link;
    const Matcher& matcher;
    std::vector<Alternative> matched;
  };

  bool is_removed(std::span<const unsigned> by) const;
  bool is_taken_away(const Link& link, std::string_view full_name) const;
  bool picks(const Link& link, Variable variable, std::string_view name) const;
  void test_request(const Choice& choice, Test& test);
  void test_tx(const Choice& choice, Test& test);
  void test_matched(const Choice& choice, Test& test);
  void test_count(const Choice& choice, std::size_t count, Test& test);
  Answer ask(const Link& link, const Matcher& matcher, std::string_view text, Captures* captures);
  void transform(std::span<const Transform> transforms);
  void test_value(const Value& value, Test& test);
  void test_stages(const Value& value, Test& test);
  void try_text(const Value& value, std::string_view text, Test& test);

  std::string name_of_match(const Alternative& match);
  std::string macro(const std::string& name);
  std::string_view read(const Changed& changed);
  const std::string* capture(const std::string& name);

  const Values& values_;
  std::map<std::string, Changed, std::less<>> variables_;
  std::vector<const Alternative*> chain_;      // what matched, link by link
  std::vector<const Matches*> chain_matches_;  // all of them, for a score
  std::vector<Hit> hits_;
  std::vector<unsigned> removals_;  // that steps before have made, by number
  Purpose purpose_ = Purpose::proof;
  int status_ = 0;  // that rules have set, for a refusal without one
  int refusal_ = 0;
  // Of a score, numbers of rules in their order:
  int last_matched_ = -1;  // the last that did
  int cleaned_at_ = -1;    // the last of which is known that it did not
  int polluted_at_ = -1;   // the last with a match that the library's order decides
  bool is_polluted_ = false;
  Matches lasting_;  // what is in MATCHED_VARS still of rules that have matched
  bool has_captured_ = false;
  bool has_hidden_captures_ = false;
  std::size_t hidden_after_ = 0;  // how many links of the chain had matched when the last of these was made
  bool is_in_doubt_ = false;
  Effort effort_;
  std::string transformed_;
};

}  // namespace ravelin::waf::plan
