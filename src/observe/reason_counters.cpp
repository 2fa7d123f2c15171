#include "observe/reason_counters.h"

namespace ravelin::observe {

namespace {

std::string_view without_rule(std::string_view reason) {
  const std::size_t colon = reason.find(':');
  const bool is_rule =
      colon != std::string_view::npos && reason.find_first_not_of("0123456789", colon + 1) == std::string_view::npos;
  return is_rule ? reason.substr(0, colon) : reason;
}

}  // namespace

// A flood is refused as fast as anything, so each worker keeps its own counters by text.
void ReasonCounters::add(const Loop& loop, std::string_view who, std::string_view reason) {
  reason = without_rule(reason);
  if (loop.worker() >= own_.size()) return find_or_register(who, reason).add(loop);
  Own& mine = own_[loop.worker()];
  mine.key.assign(who).append(1, '\n').append(reason);
  auto found = mine.counters.find(mine.key);
  if (found == mine.counters.end()) {
    const Counter counter = find_or_register(who, reason);
    if (mine.counters.size() >= 2 * most_reasons) return Counter(counter).add(loop);
    found = mine.counters.emplace(mine.key, counter).first;
  }
  found->second.add(loop);
}

Counter ReasonCounters::find_or_register(std::string_view who, std::string_view reason) {
  const std::lock_guard lock(mutex_);
  std::pair<std::string, std::string> key{who, reason};
  if (!known_.contains(key) && known_.size() >= most_reasons) key.second = reason.substr(0, reason.find(':'));
  const auto found = known_.find(key);
  if (found != known_.end()) return found->second;
  const Counter counter =
      registry_.counter(family_.name, family_.help, {{family_.who, key.first}, {"reason", key.second}});
  return known_.emplace(std::move(key), counter).first->second;
}

}  // namespace ravelin::observe
