#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "waf_diff/random.h"

namespace ravelin::waf_diff {

/// PatternTexts makes texts that a regular expression of PCRE2 is likely to match: each alternative in turn, one with
/// more in it more often, so that few texts have all of them. Assertions are taken for empty, so a text may fail to
/// match; whoever asks for it has to ask the expression, too.
class PatternTexts {
 public:
  explicit PatternTexts(std::string_view pattern);
  PatternTexts(const PatternTexts&) = delete;
  PatternTexts& operator=(const PatternTexts&) = delete;
  ~PatternTexts();

  std::string make(Random& random);
  /// How many alternatives there are in it, at any depth; at least 1.
  std::size_t alternatives() const { return alternatives_; }

 private:
  struct Node;
  class Reading;

  void write(Node& node, Random& random, std::string& text);

  std::unique_ptr<Node> root_;
  std::size_t alternatives_ = 1;
  std::vector<std::string> groups_;  // what they have matched so far, by number
};

}  // namespace ravelin::waf_diff
