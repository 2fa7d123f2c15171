#include "observe/code_counter.h"

#include <utility>

namespace ravelin::observe {

constinit const std::array<std::uint8_t, 600> CodeTable::slots = [] {
  std::array<std::uint8_t, 600> slots{};
  slots.fill(static_cast<std::uint8_t>(other));
  for (std::size_t i = 0; i < codes.size(); ++i) slots[codes[i]] = static_cast<std::uint8_t>(i);
  return slots;
}();

CodeTable::CodeTable(Registry& registry, std::string name, std::string help, Labels labels)
    : registry_(registry), name_(std::move(name)), help_(std::move(help)), labels_(std::move(labels)) {}

void CodeTable::add(const Loop& loop, int status) {
  const std::size_t slot =
      status >= 0 && status < static_cast<int>(slots.size()) ? slots[static_cast<std::size_t>(status)] : other;
  Slot& counter = counters_[slot];
  if (counter.is_ready.load(std::memory_order_acquire)) [[likely]] {
    counter.counter.add(loop);
  } else {
    first(slot).add(loop);
  }
}

Counter& CodeTable::first(std::size_t slot) {
  const std::lock_guard lock(mutex_);
  Slot& counter = counters_[slot];
  if (counter.is_ready.load(std::memory_order_relaxed)) return counter.counter;
  Labels labels = labels_;
  labels.emplace_back("code", slot == other ? "other" : codes[slot] == 0 ? "none" : std::to_string(codes[slot]));
  counter.counter = registry_.counter(name_, help_, std::move(labels));
  counter.is_ready.store(true, std::memory_order_release);
  return counter.counter;
}

}  // namespace ravelin::observe
