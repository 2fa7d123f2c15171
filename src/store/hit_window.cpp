#include "store/hit_window.h"

#include <algorithm>

namespace ravelin::store {

std::uint32_t HitWindow::hit(Duration window, Time now) {
  if (size_ > 0) now = std::max(now, first_[size_ - 1]);
  expire(now - window);
  if (size_ > 0 && first_[size_ - 1] == now) {
    ++count_[size_ - 1];
    return ++total_;
  }
  if (size_ == slots) merge_closest(now);
  first_[size_] = now;
  count_[size_++] = 1;
  return ++total_;
}

void HitWindow::expire(Time oldest_kept) {
  std::uint32_t gone = 0;
  while (gone < size_ && first_[gone] < oldest_kept) total_ -= count_[gone++];
  if (gone == 0) return;
  std::move(first_.begin() + gone, first_.begin() + size_, first_.begin());
  std::move(count_.begin() + gone, count_.begin() + size_, count_.begin());
  size_ -= gone;
}

// Slots i and i+1 together span from the first hit of i to the first of i+2.
void HitWindow::merge_closest(Time now) {
  std::size_t best = 0;
  Duration least = Duration::max();
  for (std::size_t i = 0; i + 1 < size_; ++i) {
    const Duration span = (i + 2 < size_ ? first_[i + 2] : now) - first_[i];
    if (span >= least) continue;
    least = span;
    best = i;
  }
  count_[best] += count_[best + 1];
  drop_slot(best + 1);
}

void HitWindow::drop_slot(std::size_t slot) {
  const auto at = static_cast<std::ptrdiff_t>(slot);
  std::move(first_.begin() + at + 1, first_.begin() + size_, first_.begin() + at);
  std::move(count_.begin() + at + 1, count_.begin() + size_, count_.begin() + at);
  --size_;
}

}  // namespace ravelin::store
