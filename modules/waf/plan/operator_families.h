#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "modules/waf/plan/operators.h"

/// The operators by family, for operators.cpp. Each gets the operator and the file it was written in.
namespace ravelin::waf::plan::family {

using Compiled = Result<std::unique_ptr<Matcher>>;

Compiled compile_text(const Operator& op, const std::string& file);
Compiled compile_number(const Operator& op, const std::string& file);
Compiled compile_rx(const Operator& op, const std::string& file);
Compiled compile_pm(const Operator& op, const std::string& file);
Compiled compile_validate(const Operator& op, const std::string& file);
Compiled compile_address(const Operator& op, const std::string& file);
Compiled compile_injection(const Operator& op, const std::string& file);

/// An error of an operator's argument, for a compile function to give back.
Error refused(const Operator& op, std::string_view why);

/// The lines of the file an operator names, found as the library finds it.
Result<std::vector<std::string>> lines_of(const Operator& op, const std::string& file);

/// An operator that is one function of the value alone.
template <class Test>
class TestMatcher final : public Matcher {
 public:
  using Matcher::matches;
  explicit TestMatcher(Test test) : test_(std::move(test)) {}
  bool matches(std::string_view value) const override { return test_(value); }

 private:
  Test test_;
};

template <class Test>
std::unique_ptr<Matcher> matcher(Test test) {
  return std::make_unique<TestMatcher<Test>>(std::move(test));
}

}  // namespace ravelin::waf::plan::family
