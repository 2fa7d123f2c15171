#pragma once

#include <cstddef>
#include <cstdint>

#include "base/buffer.h"
#include "connection/turn.h"
#include "observe/gateway_metrics.h"
#include "proxy/encoder_pool.h"
#include "proxy/local.h"

namespace ravelin::proxy {

/// BodyEncoding codes one body on its way through a Relay. Bytes that it has taken in are the source's no
/// more: it gets its credit back for them, and what they have become counts against the sink instead.
///
/// With W the source's window, S the bytes given to the sink and not sent, and B = Encoder::most_at_once:
///
///   source bytes delivered and not taken in  <=  W         (the codec's law of credit)
///   S  <  window before each piece is taken in, so  S  <=  window + B  always
///
/// So an exchange holds at most W + window + B bytes and the encoder's own memory, whatever the ratio:
/// a body that shrinks a thousand times as well as one that grows. Time: at most `bytes_per_turn` of
/// input in a turn, the rest in the turns after it. Nothing is held back: what was taken in when the
/// reads of a turn are done is flushed, unless more waits to be coded.
class BodyEncoding {
 public:
  /// Coded bytes that may wait for the sink before the next piece is coded.
  static constexpr std::size_t window = 64 * 1024;
  static constexpr std::size_t bytes_per_turn = 32 * 1024;

  /// Whether what is there is all, and whether the reads of the turn are done.
  enum class Rest : std::uint8_t { follows, none };
  enum class Moment : std::uint8_t { amid_turn, reads_done };

  /// `later` is called when there is more to code; then call code() with Moment::reads_done.
  BodyEncoding(Local& local, connection::Later& later, EncoderPool::Lease encoder,
               const observe::CodingCounters& counters);
  BodyEncoding(const BodyEncoding&) = delete;
  BodyEncoding& operator=(const BodyEncoding&) = delete;
  ~BodyEncoding();

  /// Codes from the front of `source` what time and room allow; `unsent`: S. Returns what came of it.
  Chain code(Chain& source, Rest rest, Moment moment, std::size_t unsent);
  /// The sink has sent something, so that there may be room again.
  void wake();

  /// Bytes were taken in that may not have come out.
  bool is_dirty() const { return state_ == State::dirty; }
  /// The end of the body has come out.
  bool has_finished() const { return state_ == State::finished; }
  /// The library has failed: the body can never be whole.
  bool has_failed() const { return state_ == State::failed; }

 private:
  /// What it takes to code a byte, in bytes read or written: 60 MB in a second against 1,000.
  static constexpr std::size_t cost_of_byte = 16;

  /// `flushed`: nothing waits inside the encoder.
  enum class State : std::uint8_t { flushed, dirty, finished, failed };

  void take_in(Chain& source);
  void settle(bool is_good, State state);
  bool is_over() const { return state_ == State::finished || state_ == State::failed; }

  Local& local_;
  connection::Later& later_;
  EncoderPool::Lease encoder_;
  observe::CodingCounters counters_;
  Chain out_;
  std::size_t turn_ = 0;  // that left_ is for
  std::size_t left_ = 0;  // bytes that may be taken in
  State state_ = State::flushed;
  bool is_waiting_ = false;  // for later_ to be called
};

}  // namespace ravelin::proxy
