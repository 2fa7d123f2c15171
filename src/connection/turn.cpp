#include "connection/turn.h"

#include <algorithm>
#include <utility>

#include "connection/connection.h"

namespace ravelin::connection {

Turn::~Turn() { bury(); }

void Turn::mark(Connection& connection) {
  if (connection.is_marked_) return;
  connection.is_marked_ = true;
  marked_.push_back(&connection);
}

void Turn::carry(Connection& connection) { carried_.push_back(&connection); }

void Turn::forget(Connection& connection) {
  std::replace(marked_.begin(), marked_.end(), &connection, static_cast<Connection*>(nullptr));
  std::erase(carried_, &connection);
}

void Turn::drop(std::unique_ptr<Dropped> dead) { dropped_.push_back(std::move(dead)); }

void Turn::forget(Later& later) {
  std::erase(later_, &later);
  std::replace(calling_.begin(), calling_.end(), &later, static_cast<Later*>(nullptr));
}

void Turn::run() {
  marked_at_start_ = marked_.size();
  std::size_t read = read_from(0);
  call_later();
  for (std::size_t flushed = 0; flushed < marked_.size(); ++flushed) {
    // Flushing one may have let another read on: always all reads before the next flush.
    read = read_from(read);
    Connection* const connection = marked_[flushed];
    if (connection == nullptr) continue;
    connection->is_marked_ = false;
    connection->flush();
  }
  marked_.clear();
  bury();
  ++number_;
  for (Connection* const connection : carried_) mark(*connection);
  carried_.clear();
  if (!marked_.empty() || !later_.empty()) again_.arm(Duration::zero());
}

// Returns how many of the marked ones have read.
std::size_t Turn::read_from(std::size_t first) {
  for (; first < marked_.size(); ++first) {
    if (marked_[first] == nullptr) continue;
    const std::size_t known = marked_.size();
    marked_[first]->read();
    flush_requests_from(known);
  }
  return first;
}

// What is marked by nothing but a read of another has not been ready itself: it loses no read of its own.
void Turn::flush_requests_from(std::size_t first) {
  for (; first < marked_.size(); ++first) {
    if (marked_[first] == nullptr || !marked_[first]->sends_one_request()) continue;
    Connection* const connection = std::exchange(marked_[first], nullptr);
    connection->is_marked_ = false;
    connection->flush();
  }
}

// What puts itself off again is called in the next turn.
void Turn::call_later() {
  calling_.swap(later_);
  for (std::size_t i = 0; i < calling_.size(); ++i)
    if (Later* const later = std::exchange(calling_[i], nullptr); later != nullptr) later->on_reads_done();
  calling_.clear();
}

// What dies may drop others.
void Turn::bury() {
  while (!dropped_.empty()) {
    dying_.swap(dropped_);
    dying_.clear();
  }
}

}  // namespace ravelin::connection
