#include "connection/turn.h"

#include <algorithm>

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

void Turn::run() {
  std::size_t read = 0;
  for (std::size_t flushed = 0; flushed < marked_.size(); ++flushed) {
    // Flushing one may have let another read on: always all reads before the next flush.
    for (; read < marked_.size(); ++read)
      if (marked_[read] != nullptr) marked_[read]->read();
    Connection* const connection = marked_[flushed];
    if (connection == nullptr) continue;
    connection->is_marked_ = false;
    connection->flush();
  }
  marked_.clear();
  bury();
  ++number_;
  for (Connection* const connection : std::exchange(carried_, {})) mark(*connection);
  if (!marked_.empty()) again_.arm(Duration::zero());
}

// What dies may drop others.
void Turn::bury() {
  while (!dropped_.empty()) {
    const auto dead = std::exchange(dropped_, {});
  }
}

}  // namespace ravelin::connection
