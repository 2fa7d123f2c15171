#include "proxy/relay.h"

#include <algorithm>
#include <utility>

#include "proxy/encode.h"

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
    if (run_ != nullptr && run_->is_waiting()) return Outcome::waiting;
    Chunk chunk;
    if (!unseen_.is_empty()) chunk.bytes = unseen_.front().bytes();
    chunk.is_last = has_ended_ && chunk.bytes.size() == unseen_.size();
    shown_ = chunk.bytes.size();
    is_last_shown_ = chunk.is_last;
    const Outcome outcome = run_ == nullptr ? Outcome::passed : (run_->*hook_)(chunk);
    if (outcome != Outcome::passed) return outcome;
    pass_shown();
  }
  forward();
  return Outcome::passed;
}

// What has come behind it while a module waited has still to be shown, and be it only the end.
void Relay::pass_shown() {
  if (hold_ > 0) {
    // What is held must not use up the window, or the rest would never come.
    give_credit(shown_);
    held_ += shown_;
    if (held_ > hold_) hold_ = 0;
  }
  ready_.take_from(unseen_, shown_);
  is_last_seen_ = is_last_shown_;
}

Outcome Relay::resume() {
  if (is_discarding_) {
    unseen_.clear();
    return Outcome::passed;
  }
  pass_shown();
  return advance();
}

void Relay::open(http::Stream sink) {
  sink_ = sink;
  forward();
}

void Relay::forward() {
  if (!sink_.is_open() || is_finished_ || is_holding() || (ready_.is_empty() && !is_last_seen_)) return;
  if (encoding_ != nullptr) return forward_coded(BodyEncoding::Moment::amid_turn);
  is_finished_ = is_last_seen_;
  hand_over(std::move(ready_));
}

void Relay::forward_coded(BodyEncoding::Moment moment) {
  const auto rest = is_last_seen_ ? BodyEncoding::Rest::none : BodyEncoding::Rest::follows;
  Chain coded = encoding_->code(ready_, rest, moment, in_flight_);
  is_finished_ = encoding_->has_finished();
  if (!coded.is_empty()) hand_over(std::move(coded));
  settle_credit();
}

void Relay::on_reads_done() {
  if (encoding_ != nullptr && sink_.is_open() && !is_finished_) forward_coded(BodyEncoding::Moment::reads_done);
}

void Relay::hand_over(Chain&& bytes) {
  in_flight_ += bytes.size();
  keep_copy(bytes);
  const bool has_trailers = is_finished_ && trailers_ != nullptr;
  if (!bytes.is_empty() || !has_trailers) sink_.send_body(std::move(bytes), is_finished_ && !has_trailers);
  if (!has_trailers) return;
  if (encoding_ != nullptr) Compression::strip(*trailers_);
  sink_.send_trailers(*trailers_);
}

void Relay::keep_copy(const Chain& bytes) {
  constexpr std::size_t most_kept = 16 * 1024;
  has_lost_ = has_lost_ || !keeps_ || kept_.size() + bytes.size() > most_kept;
  if (!keeps_) return;
  if (has_lost_) return let_go();
  for (const Slice& slice : bytes) kept_.append(slice.text());  // views would hold a block each
}

void Relay::let_go() {
  has_lost_ = has_lost_ || !kept_.is_empty();
  keeps_ = false;
  kept_.clear();
}

// What the sink had sent has its credit back, and gives none a second time.
void Relay::rewind() {
  sink_ = {};
  if (!keeps_) return;
  kept_.append(std::move(ready_));
  ready_ = std::move(kept_);
  in_flight_ = 0;
  is_finished_ = false;
}

void Relay::sent(std::size_t bytes) {
  in_flight_ -= std::min(bytes, in_flight_);
  const bool has_more_to_code = !ready_.is_empty() || is_last_seen_;
  if (encoding_ != nullptr && (has_more_to_code || encoding_->is_dirty())) encoding_->wake();
  settle_credit();
  // Coded bytes are not owed to the source, but it may have been kept waiting for their sake.
  if (encoding_ != nullptr && source_.is_open()) source_.consume(0);
}

// Bytes that were held have their credit back already; what is still owed was not held. Coded bytes in
// flight are not the source's.
void Relay::settle_credit() {
  const std::size_t of_source = encoding_ == nullptr ? in_flight_ : 0;
  const std::size_t still_here = of_source + ready_.size() + unseen_.size();
  if (owed_ > still_here) give_credit(owed_ - still_here);
}

// Also after the end: HTTP/2 has a window for the connection, which outlives the stream.
void Relay::give_credit(std::size_t bytes) {
  owed_ -= bytes;
  if (source_.is_open()) source_.consume(bytes);
}

void Relay::discard() {
  is_discarding_ = true;
  owed_ = 0;
  encoding_.reset();
  if (source_.is_open()) source_.ignore_body();
  forget_source();
  sink_ = {};
  if (run_ == nullptr || !run_->is_waiting()) unseen_.clear();  // or the modules may be looking at it
  ready_.clear();
  kept_.clear();
}

}  // namespace ravelin::proxy
