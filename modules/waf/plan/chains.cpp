#include "modules/waf/plan/chains.h"

#include <bit>

namespace ravelin::waf::plan {

void Growth::start(std::string_view value) {
  std::size_t kept = 0;
  for (std::size_t i = 0; i < used_; ++i) kept += rooms_[i]->capacity();
  if (kept > most_kept) rooms_.clear();
  used_ = 0;
  texts_.clear();
  add(value);
}

void Growth::add(std::string_view text) {
  Text& added = texts_.emplace_back();
  added.text = text;
  added.classes = classes_of(text);
  added.changing = changing(added.classes);
}

std::string& Growth::room() {
  if (used_ == rooms_.size()) rooms_.push_back(std::make_unique<std::string>());
  return *rooms_[used_];
}

// A known text if there is an equal one. There are few of them, mostly of different lengths.
std::size_t Growth::number_of(std::string_view text) {
  for (std::size_t i = 0; i < texts_.size(); ++i)
    if (texts_[i].text == text) return i;
  ++used_;
  add(text);
  return texts_.size() - 1;
}

std::size_t Growth::apply(Transform transform, std::size_t number) {
  const auto place = static_cast<std::size_t>(transform);
  if (const std::size_t known = texts_[number].made[place]; known != 0) return known - 1;
  std::string& made = room();
  made.assign(texts_[number].text);
  plan::apply(transform, made);
  const std::size_t result = number_of(made);
  texts_[number].made[place] = static_cast<std::uint16_t>(result + 1);
  return result;
}

unsigned Forest::add(std::span<const Transform> chain) {
  std::vector<unsigned> path{0};
  for (const Transform transform : chain) {
    unsigned next = 0;
    for (const unsigned branch : nodes_[path.back()].branches)
      if (nodes_[branch].transform == transform) next = branch;
    if (next == 0) {
      next = static_cast<unsigned>(nodes_.size());
      nodes_.emplace_back().transform = transform;
      nodes_[path.back()].branches.push_back(next);
    }
    for (const unsigned node : path) nodes_[node].transforms |= bit(transform);
    path.push_back(next);
  }
  if (const Chains known = nodes_[path.back()].ends; known != 0) return static_cast<unsigned>(std::countr_zero(known));
  if (count_ == most) return most;
  const unsigned number = count_++;
  nodes_[path.back()].ends = Chains{1} << number;
  for (const unsigned node : path) nodes_[node].below |= Chains{1} << number;
  return number;
}

void Forest::grow(std::string_view value, Chains wanted, Growth& growth) const {
  growth.start(value);
  descend(0, 0, wanted, growth);
}

void Forest::descend(unsigned number, std::size_t text, Chains wanted, Growth& growth) const {
  const Node& node = nodes_[number];
  const Transforms changing = growth.at(text).changing;
  const bool is_end = (node.transforms & changing) == 0;  // nothing from here on would change it
  growth.at(text).chains |= (is_end ? node.below : node.ends) & wanted;
  if (is_end) return;
  for (const unsigned branch : node.branches) {
    const Node& next = nodes_[branch];
    if ((next.below & wanted) == 0) continue;
    descend(branch, (bit(next.transform) & changing) == 0 ? text : growth.apply(next.transform, text), wanted, growth);
  }
}

}  // namespace ravelin::waf::plan
