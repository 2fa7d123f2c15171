#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace ravelin::http::http2 {

/// Waste is what a peer can make this side do without asking for anything useful.
enum class Waste : std::uint8_t {
  reset,           // RST_STREAM: a request started and thrown away ("rapid reset"); a stream beyond the limit
  provoked_reset,  // a violation that makes this side reset a stream ("MadeYouReset")
  ping,            // PING, GOAWAY: a frame to answer or to note
  settings,        // SETTINGS after the first, which walk every open stream
  empty_data,      // DATA with neither a byte of body nor the end of the stream
  continuation,    // CONTINUATION
  priority,        // PRIORITY
  window_update,   // WINDOW_UPDATE
  unknown_frame,   // frame types this side does not know
  stray_frame,     // frames for streams that are closed
  oversized_head,  // a head beyond the limits, answered with 431 or 414
  slow_read,       // a response cut because nobody took it ("zero window")
};

/// FloodBudget measures the misbehaviour of one connection in points. Waste costs points, work that
/// was wanted gives them back; at zero the connection is a flood. A peer that works may do what peers do for
/// ever, one that only wastes gets `capacity` points. Time pays for one PING in five seconds, which keep silent streams
/// alive, and for ten resets per second, of calls that have outlived their deadline and pages that were left.
///
/// The prices, as the number of frames in a row that end a connection which does no work and has 1000 points:
/// reset 250, provoked_reset 100, ping 500, settings 100, empty_data 200, continuation 1000,
/// priority 500, window_update 500, unknown_frame 500, stray_frame 1000, oversized_head 50, slow_read 20.
/// A page of 100 running requests that is left twice costs 800 points and survives.
///
/// The income: a finished exchange gives 4, so half of all requests may be reset; received body gives 1 for each KiB.
/// A DATA frame sent with all that there was gives 5: the peer may acknowledge it by a WINDOW_UPDATE and measure the
/// way by a PING (gRPC does for each message). One that is cut short by the window gives a point for each 16 bytes up
/// to 4, which is nothing for windows opened byte by byte ("data dribble"). WINDOW_UPDATEs that body sent has earned
/// cost nothing: FrameCodec counts them.
class FloodBudget {
 public:
  explicit FloodBudget(std::int32_t capacity) : capacity_(capacity), points_(capacity) {}

  /// Takes the price of `waste`; false once the budget is used up, from then on always.
  bool charge(Waste waste);
  void credit_exchange() { credit(4); }
  /// `is_all`: nothing that was to be sent was held back.
  void credit_sent(std::size_t bytes, bool is_all) {
    credit(is_all ? 5 : bytes >= 64 ? 4 : static_cast<std::int32_t>(bytes / 16));
  }
  /// So much time has passed.
  void pass_seconds(std::int64_t seconds);
  void credit_received(std::size_t bytes);

  bool is_used_up() const { return points_ <= 0; }
  std::int32_t points() const { return points_; }
  /// What used it up, for the operator: "PING frames".
  std::string_view cause() const;

 private:
  void credit(std::int32_t points);

  std::int32_t capacity_;
  std::int32_t points_;
  std::uint32_t received_ = 0;  // bytes of body not yet credited, below 1 KiB
  std::uint32_t seconds_ = 0;   // that no PING was taken for yet
  std::uint32_t resets_ = 0;    // that time has paid for
  Waste last_ = Waste::reset;
};

}  // namespace ravelin::http::http2
