#include "modules/waf/plan/json_path.h"

#include <charconv>

namespace ravelin::waf::plan {

void JsonPath::clear() {
  text_.assign("json");
  levels_.clear();
}

void JsonPath::enter(Kind kind) {
  if (!levels_.empty() && levels_.back().kind == Kind::array) name_member();
  if (kind == Kind::map) text_.push_back('.');
  levels_.push_back({text_.size(), 0, kind});
}

void JsonPath::leave() {
  levels_.pop_back();
  if (!levels_.empty()) ++levels_.back().count;
}

void JsonPath::key(std::string_view name) {
  text_.resize(levels_.back().size);
  text_.append(name.empty() ? "empty-key" : name);
}

std::string_view JsonPath::leaf() {
  if (!levels_.empty() && levels_.back().kind == Kind::array) {
    name_member();
    ++levels_.back().count;
  }
  return text_;
}

void JsonPath::name_member() {
  char number[20];
  char* const end = std::to_chars(number, number + sizeof number, levels_.back().count).ptr;
  text_.resize(levels_.back().size);
  text_.append(".array_").append(number, end);
}

}  // namespace ravelin::waf::plan
