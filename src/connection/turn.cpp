#include "connection/turn.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "connection/connection.h"

namespace ravelin::connection {

Turn::~Turn() { bury_all(); }

void Turn::mark(Connection& connection) {
  if (connection.is_marked_) return;
  connection.is_marked_ = true;
  marked_.push_back(&connection);
}

void Turn::carry(Connection& connection) { carried_.push_back(&connection); }

void Turn::forget(Connection& connection) {
  std::replace(marked_.begin(), marked_.end(), &connection, static_cast<Connection*>(nullptr));
  std::erase(carried_, &connection);
  std::erase(put_off_, &connection);
}

void Turn::drop(std::unique_ptr<Dropped> dead) { dropped_.push_back(std::move(dead)); }

void Turn::forget(Later& later) {
  std::erase(later_, &later);
  std::replace(calling_.begin(), calling_.end(), &later, static_cast<Later*>(nullptr));
}

bool Turn::run() {
  marked_at_start_ = marked_.size();
  spent_ = std::min(spent_, most / 2 - 1);  // since the last turn; the first reads in any case
  std::size_t read = read_from(0);
  spent_ = 0;
  call_later();
  spent_ = 0;
  for (std::size_t flushed = 0; flushed < marked_.size(); ++flushed) {
    // Flushing one may have let another read on: always all reads before the next flush.
    if (read < marked_.size()) read = read_from(read);
    if (marked_[flushed] != nullptr) flush(*marked_[flushed]);
  }
  marked_.clear();
  bury(std::max(few_burials, (dropped_.size() - buried_) / 4));
  spent_ = 0;
  ++number_;
  const bool was_full = !put_off_.empty() || !calling_.empty();
  // Who was put off comes before those who had their share.
  mark_all(put_off_);
  mark_all(carried_);
  carried_at_start_ = marked_.size();
  if (!marked_.empty() || !later_.empty() || !calling_.empty() || !dropped_.empty()) again_.arm(Duration::zero());
  return was_full;
}

void Turn::mark_all(std::vector<Connection*>& connections) {
  for (Connection* const connection : connections) mark(*connection);
  connections.clear();
}

// Returns how many of the marked ones have read.
std::size_t Turn::read_from(std::size_t first) {
  for (; first < marked_.size(); ++first) {
    if (marked_[first] == nullptr) continue;
    const std::size_t known = marked_.size();
    read(*marked_[first], first);
    flush_requests_from(known);
  }
  return first;
}

void Turn::read(Connection& connection, std::size_t index) {
  if (spent_ < most / 2 || spent_ < room_to_read(connection, index))
    connection.read();
  else
    put_off_.push_back(&connection);
}

void Turn::flush(Connection& connection) {
  connection.is_marked_ = false;
  if (spent_ < most || spent_ < room_for(connection))
    connection.flush();
  else
    put_off_.push_back(&connection);
}

// Who has waited for a turn comes first, but leaves half of it to who has not.
std::size_t Turn::room_to_read(const Connection& connection, std::size_t index) const {
  const bool is_shared = index < carried_at_start_ && carried_at_start_ < marked_at_start_;
  return room_for(connection) / (is_shared ? 2 : 1);
}

// Those of one request do not wait for those that carry many.
std::size_t Turn::room_for(const Connection& connection) { return connection.has_many_streams() ? most : 2 * most; }

// What is marked by nothing but a read of another has not been ready itself: it loses no read of its own.
void Turn::flush_requests_from(std::size_t first) {
  for (; first < marked_.size(); ++first) {
    if (marked_[first] == nullptr || !marked_[first]->sends_one_request()) continue;
    flush(*std::exchange(marked_[first], nullptr));
  }
}

// What puts itself off again is called in a later turn, behind those that this one had no time for.
void Turn::call_later() {
  calling_.insert(calling_.end(), later_.begin(), later_.end());
  later_.clear();
  std::size_t called = 0;
  for (; called < calling_.size() && spent_ < most / 2; ++called)
    if (Later* const later = std::exchange(calling_[called], nullptr); later != nullptr) later->on_reads_done();
  calling_.erase(calling_.begin(), calling_.begin() + static_cast<std::ptrdiff_t>(called));
}

// What dies may drop others.
void Turn::bury(std::size_t count) {
  for (std::size_t i = 0; i < count && buried_ < dropped_.size(); ++i) {
    const std::unique_ptr<Dropped> dying = std::move(dropped_[buried_++]);
  }
  if (buried_ <= dropped_.size() / 2) return;
  dropped_.erase(dropped_.begin(), dropped_.begin() + static_cast<std::ptrdiff_t>(buried_));
  buried_ = 0;
}

void Turn::bury_all() { bury(std::numeric_limits<std::size_t>::max()); }

}  // namespace ravelin::connection
