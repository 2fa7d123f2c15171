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
/// set off leaves in one write per connection. What is left over goes on in the next turn. A request alone
/// on its connection to an origin is flushed at once: no other read can add to it, and the origin works meanwhile.
/// A turn is bounded, so that nobody waits long for what others have set off: connections beyond the bound go on in the
/// next, first come first served, and share it with those that are ready then.
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
  /// Calls `later` once: when the reads of this turn are done, or, if they are, those of the next; in one after it if
  /// what came before it is enough for a turn.
  void after_reads(Later& later) { later_.push_back(&later); }
  /// Takes work that is not to be called any more off the list.
  void forget(Later& later);
  /// Keeps `dead` until the turn has ended, or one of the next if many die at once.
  void drop(std::unique_ptr<Dropped> dead);
  /// All that was dropped dies now: there will be no turn any more.
  void bury_all();
  /// Counts what has been done in this turn: bytes read or written, or what costs as much as these.
  void spend(std::size_t bytes) { spent_ += bytes; }

  /// The end-of-turn hook. Returns whether the turn was full: some connections go on in the next, as it had done
  /// enough.
  bool run();
  /// Counts the turns, in each of which a connection reads once.
  std::size_t number() const { return number_; }
  /// Whether there are so few connections in this turn that each may read twice and it still ends sooner than
  /// one of many.
  bool is_roomy() const { return marked_at_start_ <= few; }

 private:
  static constexpr std::size_t few = 8;             // 1 MiB in all
  static constexpr std::size_t most = 1024 * 1024;  // to read, and as much to write: about a millisecond each
  static constexpr std::size_t few_burials = 64;    // at once; of more, a quarter

  void mark_all(std::vector<Connection*>& connections);
  std::size_t read_from(std::size_t first);
  void read(Connection& connection, std::size_t index);
  void flush(Connection& connection);
  std::size_t room_to_read(const Connection& connection, std::size_t index) const;
  static std::size_t room_for(const Connection& connection);
  void flush_requests_from(std::size_t first);
  void call_later();
  void bury(std::size_t count);

  Timer again_;  // armed with zero when there is work for another turn
  std::vector<Connection*> marked_;
  std::vector<Connection*> carried_;
  std::vector<Connection*> put_off_;  // by this turn, as it has done enough
  std::vector<Later*> later_;
  std::vector<Later*> calling_;  // those of later_ whose moment is now, or was when there was no time
  std::vector<std::unique_ptr<Dropped>> dropped_;
  std::size_t buried_ = 0;  // of these
  std::size_t number_ = 1;
  std::size_t marked_at_start_ = 0;
  std::size_t carried_at_start_ = 0;  // the first of the marked ones
  std::size_t spent_ = 0;
};

}  // namespace ravelin::connection
