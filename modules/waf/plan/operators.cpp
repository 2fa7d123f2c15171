#include "modules/waf/plan/operators.h"

#include "modules/waf/plan/operator_families.h"

namespace ravelin::waf::plan {
namespace {

using family::Compiled;

struct Known {
  std::string_view name;
  Compiled (*compile)(const Operator&, const std::string&);
};

constexpr Known known[] = {
    {"rx", family::compile_rx},
    {"pm", family::compile_pm},
    {"pmf", family::compile_pm},
    {"pmfromfile", family::compile_pm},
    {"streq", family::compile_text},
    {"strmatch", family::compile_text},
    {"contains", family::compile_text},
    {"containsword", family::compile_text},
    {"beginswith", family::compile_text},
    {"endswith", family::compile_text},
    {"within", family::compile_text},
    {"unconditionalmatch", family::compile_text},
    {"nomatch", family::compile_text},
    {"eq", family::compile_number},
    {"ge", family::compile_number},
    {"gt", family::compile_number},
    {"le", family::compile_number},
    {"lt", family::compile_number},
    {"validatebyterange", family::compile_validate},
    {"validateurlencoding", family::compile_validate},
    {"validateutf8encoding", family::compile_validate},
    {"ipmatch", family::compile_address},
    {"ipmatchf", family::compile_address},
    {"ipmatchfromfile", family::compile_address},
    {"detectsqli", family::compile_injection},
    {"detectxss", family::compile_injection},
};

const Known* find(std::string_view name) {
  for (const Known& one : known)
    if (one.name == name) return &one;
  return nullptr;
}

}  // namespace

bool Matcher::matches(std::string_view value, Captures& captures) const {
  captures.clear();
  return matches(value);
}

Answer Matcher::ask(std::string_view value, Captures* captures, std::uint32_t) const {
  return (captures == nullptr ? matches(value) : matches(value, *captures)) ? Answer::yes : Answer::no;
}

Answer Matcher::search(std::string_view value, Captures* captures, std::chrono::nanoseconds) const {
  return ask(value, captures, 0);
}

bool is_known_operator(std::string_view name) { return find(name) != nullptr; }

Result<std::unique_ptr<Matcher>> compile(const Operator& op, const std::string& file) {
  const Known* one = find(op.name);
  if (one == nullptr) return family::refused(op, "the plan does not know this operator");
  return one->compile(op, file);
}

Result<std::shared_ptr<const Matcher>> Matchers::compile(const Operator& op, const std::string& file) {
  auto& matcher = known_[{op.name, op.argument, file}];
  if (matcher == nullptr) {
    auto compiled = plan::compile(op, file);
    if (!compiled) return std::move(compiled).error();
    matcher = *std::move(compiled);
  }
  return matcher;
}

namespace family {

Error refused(const Operator& op, std::string_view why) {
  return Error{"waf:rules", "@" + op.name + ": " + std::string(why)};
}

}  // namespace family
}  // namespace ravelin::waf::plan
