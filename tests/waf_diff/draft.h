#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/waf/plan/seclang.h"
#include "waf_diff/random.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// Draft is a request that is put together from what stands in single variables of it.
class Draft {
 public:
  /// Puts `text` where the target looks; where it looks at no part of a request, nowhere.
  void put(const waf::plan::Target& target, std::string_view text, Random& random);
  /// Makes &ARGS and the like `count`.
  void put_count(const waf::plan::Target& target, std::size_t count, Random& random);
  /// The whole, mended.
  Sample finish(Random& random) const;

 private:
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  void put_field(const waf::plan::Target& target, std::string_view text, Random& random);
  void put_argument(bool may_be_query, bool may_be_body, std::pair<std::string, std::string> pair, Random& random);
  void give_body(Sample& sample, Random& random) const;

  std::string method_;
  std::string version_;
  std::string path_ = "/a";
  std::string raw_query_;
  Pairs query_;
  Pairs form_;
  Pairs cookies_;
  Pairs fields_;
  Pairs files_;       // name, file name
  std::string part_;  // a field of a part
  std::string raw_;   // the whole body
  std::string xml_;
};

}  // namespace ravelin::waf_diff
