#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "ravelin/loop.h"

namespace ravelin::connection {

class Connection;

/// Dropped is what an owner gives up during a turn and that dies at its end, when nobody up the call
/// chain can still be inside it.
class Dropped {
 public:
  virtual ~Dropped() = default;
};

/// Later is work that waits until the reads of a turn are done.
class Later {
 public:
  virtual ~Later() = default;
  virtual void on_reads_done() = 0;
};

/// Turn is the end of a loop turn for one worker's connections: all that have become readable are
/// read once (twice if they are few), then all that have something to say are flushed once, so that whatever the reads
/// set off leaves in one write per connection. What is left over goes on in the next turn. A request that has a
/// connection to an origin to itself does not wait for the other reads, which would add nothing to it: the origin
/// works on it meanwhile.
class Turn {
 public:
  explicit Turn(Loop& loop) : again_(loop, [] {}) {}
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;
  ~Turn();

  /// The connection has something to read or to flush in this turn.
  void mark(Connection& connection);
  /// The connection has more to read than one turn allows it.
  void carry(Connection& connection);
  /// Takes a connection that is about to die off the lists.
  void forget(Connection& connection);
  /// Calls `later` once: when the reads of this turn are done, or, if they are, those of the next.
  void after_reads(Later& later) { later_.push_back(&later); }
  /// Takes work that is not to be called any more off the list.
  void forget(Later& later);
  /// Keeps `dead` until the turn has ended.
  void drop(std::unique_ptr<Dropped> dead);

  /// The end-of-turn hook.
  void run();
  /// Counts the turns, in each of which a connection reads once.
  std::size_t number() const { return number_; }
  /// Whether there are so few connections in this turn that each may read twice and it still ends sooner than
  /// one of many.
  bool is_roomy() const { return marked_at_start_ <= few; }

 private:
  static constexpr std::size_t few = 8;  // 1 MiB in all

  std::size_t read_from(std::size_t first);
  void flush_requests_from(std::size_t first);
  void call_later();
  void bury();

  Timer again_;  // armed with zero when there is work for another turn
  std::vector<Connection*> marked_;
  std::vector<Connection*> carried_;
  std::vector<Later*> later_;
  std::vector<Later*> calling_;  // those of later_ whose moment is now
  std::vector<std::unique_ptr<Dropped>> dropped_;
  std::vector<std::unique_ptr<Dropped>> dying_;  // empty, but for bury(); kept for its capacity
  std::size_t number_ = 1;
  std::size_t marked_at_start_ = 0;
};

}  // namespace ravelin::connection
