#include "proxy/relay.h"

#include <algorithm>
#include <utility>

namespace ravelin::proxy {

using pipeline::Outcome;

Outcome Relay::begin(pipeline::Run* run, Hook hook, std::size_t hold) {
  run_ = run;
  hook_ = hook;
  hold_ = hold;
  has_begun_ = true;
  return advance();
}

Outcome Relay::receive(Slice bytes) {
  if (is_discarding_) return Outcome::passed;
  owed_ += bytes.size();
  unseen_.append(std::move(bytes));
  return advance();
}

Outcome Relay::receive_end() {
  has_ended_ = true;
  return is_discarding_ ? Outcome::passed : advance();
}

// Shows what is unseen, piece by piece, until a module waits or refuses.
Outcome Relay::advance() {
  if (!has_begun_ || is_discarding_) return Outcome::passed;
  while (!unseen_.is_empty() || (has_ended_ && !is_last_seen_)) {
    if (run_ != nullptr) {
      if (run_->is_waiting()) return Outcome::waiting;
      Chunk chunk;
      if (!unseen_.is_empty()) chunk.bytes = unseen_.front().bytes();
      chunk.is_last = has_ended_ && chunk.bytes.size() == unseen_.size();
      const Outcome outcome = (run_->*hook_)(chunk);
      if (outcome != Outcome::passed) return outcome;
    }
    pass_front();
  }
  forward();
  return Outcome::passed;
}

void Relay::pass_front() {
  if (!unseen_.is_empty()) {
    const std::size_t size = unseen_.front().size();
    if (hold_ > 0) {
      // What is held must not use up the window, or the rest would never come.
      give_credit(size);
      held_ += size;
      if (held_ > hold_) hold_ = 0;
    }
    ready_.append(unseen_.pop_front());
  }
  is_last_seen_ = has_ended_ && unseen_.is_empty();
}

Outcome Relay::resume() {
  if (is_discarding_) return Outcome::passed;
  pass_front();
  return advance();
}

void Relay::open(http::Stream sink) {
  sink_ = sink;
  forward();
}

void Relay::forward() {
  if (!sink_.is_open() || is_finished_ || is_holding() || (ready_.is_empty() && !is_last_seen_)) return;
  has_started_ = true;
  in_flight_ += ready_.size();
  is_finished_ = is_last_seen_;
  const bool has_trailers = is_finished_ && trailers_ != nullptr;
  if (!ready_.is_empty() || !has_trailers) sink_.send_body(std::move(ready_), is_finished_ && !has_trailers);
  if (has_trailers) sink_.send_trailers(*trailers_);
}

// Bytes that were held have their credit back already; what is still owed was not held.
void Relay::sent(std::size_t bytes) {
  in_flight_ -= std::min(bytes, in_flight_);
  const std::size_t still_here = in_flight_ + ready_.size() + unseen_.size();
  if (owed_ > still_here) give_credit(owed_ - still_here);
}

// Also after the end: HTTP/2 has a window for the connection, which outlives the stream.
void Relay::give_credit(std::size_t bytes) {
  owed_ -= bytes;
  if (source_.is_open()) source_.consume(bytes);
}

void Relay::discard() {
  is_discarding_ = true;
  forget_source();
  forget_sink();
  unseen_.clear();
  ready_.clear();
}

}  // namespace ravelin::proxy
