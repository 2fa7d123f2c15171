#include "proxy/encode_body.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace ravelin::proxy {

BodyEncoding::BodyEncoding(Local& local, connection::Later& later, EncoderPool::Lease encoder,
                           const observe::CodingCounters& counters)
    : local_(local), later_(later), encoder_(std::move(encoder)), counters_(counters), out_(local.blocks) {}

BodyEncoding::~BodyEncoding() {
  if (is_waiting_) local_.turn.forget(later_);
}

Chain BodyEncoding::code(Chain& source, Rest rest, Moment moment, std::size_t unsent) {
  if (moment == Moment::reads_done) is_waiting_ = false;
  if (std::exchange(turn_, local_.turn.number()) != local_.turn.number()) left_ = bytes_per_turn;
  const auto has_room = [&] { return !is_over() && unsent + out_.size() < window; };
  while (!source.is_empty() && left_ > 0 && has_room()) take_in(source);
  if (source.is_empty() && has_room()) {
    if (rest == Rest::none) {
      settle(encoder_->finish(out_), State::finished);
    } else if (moment == Moment::reads_done && state_ == State::dirty) {
      settle(encoder_->flush(out_), State::flushed);
    }
  }
  assert(unsent + out_.size() <= std::max(unsent, window) + Encoder::most_at_once);
  if (has_room() && (!source.is_empty() || state_ == State::dirty)) wake();
  counters_.out.add(local_.loop, out_.size());
  Chain coded = std::move(out_);
  if (is_over()) {
    out_.clear();
    encoder_ = {};  // the client may take its time: the next body need not wait for it
  }
  return coded;
}

void BodyEncoding::wake() {
  if (is_over() || std::exchange(is_waiting_, true)) return;
  local_.turn.after_reads(later_);
}

void BodyEncoding::take_in(Chain& source) {
  const std::string_view bytes = source.front().text().substr(0, std::min(Encoder::piece, left_));
  settle(encoder_->feed(bytes, out_), State::dirty);
  counters_.in.add(local_.loop, bytes.size());
  local_.turn.spend(cost_of_byte * bytes.size());
  left_ -= bytes.size();
  source.consume(bytes.size());
}

void BodyEncoding::settle(bool is_good, State state) { state_ = is_good ? state : State::failed; }

}  // namespace ravelin::proxy
