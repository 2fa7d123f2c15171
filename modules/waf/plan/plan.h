#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/waf/plan/cache.h"
#include "modules/waf/plan/chains.h"
#include "modules/waf/plan/fold.h"
#include "modules/waf/plan/scanner.h"
#include "modules/waf/plan/seclang.h"
#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {

/// Variables are a set of variables of requests, one bit each.
using Variables = std::uint64_t;
constexpr Variables bit(Variable variable) { return Variables{1} << static_cast<unsigned>(variable); }
static_assert(static_cast<unsigned>(Variable::server_port) < 64);

/// Use is where a pattern matters: what a step's first rule looks at, and after which transformations.
struct Use {
  unsigned step = 0;
  Variables variables = 0;
  Chains chains = 0;
};

/// Kind is a class of values that rules treat alike; each has its own scanners.
enum class Kind : std::uint8_t { argument, header, line, body };
inline constexpr std::size_t kind_count = 4;

/// Reach is what has to be looked for in the values of one kind.
struct Reach {
  /// From the smallest alphabet to all bytes: letters, digits and . _ -; that and blanks and signs of ordinary text.
  static constexpr std::array<ByteClasses, 3> alphabets{
      ByteClasses::lower | ByteClasses::upper | ByteClasses::digit | ByteClasses::word,
      ByteClasses::lower | ByteClasses::upper | ByteClasses::digit | ByteClasses::word | ByteClasses::space |
          ByteClasses::slash | ByteClasses::list | ByteClasses::equals | ByteClasses::star | ByteClasses::plus,
      all_classes};

  /// By the smallest alphabet in whose texts their patterns may match: a text is scanned by that of its own alphabet
  /// and those of the smaller ones.
  std::array<Scanner, alphabets.size()> scanners;
  std::vector<unsigned> open;  // patterns that match the empty text
  std::vector<Use> sql;        // for libinjection
  std::vector<Use> html;
};

/// Scoring is the policy again, for requests that are not clean: what all of its rules make of one.
struct Scoring {
  std::vector<Step> steps;
  unsigned second_phase = 0;  // steps before this one are of phase 1
  /// Steps to evaluate for every such request, by number.
  std::vector<unsigned> always;
  /// By step of the proof: the one here that has the same first rule, or none.
  static constexpr unsigned none = ~0U;
  std::vector<unsigned> of_proof;
};

/// A hash of the files that the operators of `rules` read, as they are now.
std::uint64_t hash_of_files(const Rules& rules);

/// Plan is a policy made ready: what to look for in which values, and what to evaluate one by one. Immutable,
/// shared by all threads.
class Plan {
 public:
  /// Takes seconds for the core rule set unless `cache` has the compiled patterns. Never fails: what cannot be planned
  /// is said by `unsupported`.
  static std::shared_ptr<const Plan> compile(Rules rules, const Cache& cache);

  /// Makes ready what has long texts judged quickly: some seconds, less if `cache` has its part. Any thread, while the
  /// plan is in use; what is ready stays so. Stops where `cache` gives an Error.
  void prepare_for_long_texts(const Cache& cache) const;
  bool is_prepared() const;

  /// A hash of the files that the operators of rules read, as they are now.
  std::uint64_t hash_of_files() const { return plan::hash_of_files(rules_); }

  /// Why the library has to judge every request; empty if it has not.
  const std::vector<std::string>& unsupported() const { return folded_.unsupported; }

  /// Why the library has to judge every request that is not clean; empty if it has not.
  const std::vector<std::string>& unscored() const { return scored_.unsupported; }
  /// Empty if that is so.
  const Scoring& scoring() const { return scoring_; }

  const std::vector<Step>& steps() const { return folded_.steps; }
  /// Steps before this one are of phase 1.
  unsigned second_phase() const { return second_phase_; }
  /// Steps to evaluate for every request, by number.
  const std::vector<unsigned>& always() const { return always_; }
  /// Whether rules ask for nothing of XML but what Values have of it.
  bool reads_xml() const { return reads_xml_; }
  /// Whether steps that tell of each value by itself capture something.
  bool captures_apart() const { return captures_apart_; }
  const Forest& forest() const { return forest_; }
  /// What is looked for in values of this kind, and uses() of its patterns.
  const Reach& reach(Kind kind) const { return reaches_[static_cast<std::size_t>(kind)]; }
  const std::vector<Use>& uses(unsigned pattern) const { return uses_[pattern]; }
  /// The variables in whose values there is anything to look for.
  Variables looked_at() const { return looked_at_; }
  /// The chains through which rules look at a value.
  Chains chains(Variable variable, std::string_view name) const;

 private:
  explicit Plan(Rules rules);
  void place(unsigned step);
  void place_patterns(const Step& step, const Use& use);
  void note_chains(const Link& link, Chains chains);
  void build_scanners(const Cache& cache);
  void place_sieves(std::vector<Step>& steps);
  void prepare_scoring(Matchers& matchers);

  struct Looked {
    Chains all = 0;                                       // at any member
    std::vector<std::pair<std::string, Chains>> by_name;  // at one more
  };

  Rules rules_;
  Folded folded_;
  Folded scored_;  // without its steps
  Scoring scoring_;
  Forest forest_;
  std::vector<Pattern> patterns_;
  std::vector<std::vector<Use>> uses_;                    // by pattern
  std::map<std::string, std::shared_ptr<Sieve>> sieves_;  // by pattern
  std::array<Reach, kind_count> reaches_;
  std::array<Looked, variable_count> looked_;
  Variables looked_at_ = 0;
  std::vector<unsigned> always_;
  unsigned second_phase_ = 0;
  bool captures_apart_ = false;
  bool reads_xml_;
};

Kind kind_of(Variable variable);

}  // namespace ravelin::waf::plan
