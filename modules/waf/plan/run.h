#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/collect.h"
#include "modules/waf/plan/effort.h"
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

/// Run evaluates steps one by one for one request, exactly where libmodsecurity's own order does not show, and where
/// it does (which of several matching values comes last) in favour of a match. Reused from request to request.
class Run {
 public:
  explicit Run(const Values& values) : values_(values) {}

  void start();
  /// Whether the chain matches whole. A scanned step looks at `found` only.
  bool matches(const Step& step, std::span<const Found> found);
  /// Something was read whose value the library may see otherwise, or the request takes too much effort: it has to be
  /// the library's.
  bool is_in_doubt() const { return is_in_doubt_; }
  /// Before an operator is asked about a text of `size` bytes; false, and doubt, if it must not be.
  bool affords(const Link& link, std::size_t size) {
    is_in_doubt_ = is_in_doubt_ || !effort_.take(link, size);
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
  };
  struct Changed {
    std::string value;
    bool is_certain = true;
  };

  std::vector<Alternative> confirm(const Link& link, std::span<const Found> found);
  std::vector<Alternative> evaluate(const Link& link);
  bool follow(const Step& step, std::size_t depth, const std::vector<Alternative>& matched, bool is_certain);
  void assign(const Link& link, const std::vector<Alternative>& matched, bool is_certain);

  /// One value as it is in the request, or as a rule before left it.
  struct Value {
    Variable variable = Variable::other;
    std::string_view name;
    std::string_view text;
  };
  /// Test is one rule on its way over its values.
  struct Test {
    const Link& link;
    const Matcher& matcher;
    std::vector<Alternative> matched;
  };

  void test_request(const Choice& choice, Test& test);
  void test_tx(const Choice& choice, Test& test);
  void test_matched(const Choice& choice, Test& test);
  void test_count(const Choice& choice, std::size_t count, Test& test);
  void test_value(const Value& value, Test& test);
  void test_stages(const Value& value, Test& test);
  void try_text(const Value& value, std::string_view text, Test& test);

  std::string macro(const std::string& name);
  std::string_view read(const Changed& changed);
  const std::string* capture(const std::string& name);

  const Values& values_;
  std::map<std::string, Changed, std::less<>> variables_;
  std::vector<const Alternative*> chain_;  // what matched, link by link
  bool has_captured_ = false;
  bool has_hidden_captures_ = false;
  bool is_in_doubt_ = false;
  Effort effort_;
  std::string transformed_;
};

}  // namespace ravelin::waf::plan
