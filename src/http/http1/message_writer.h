#pragma once

#include <cstddef>
#include <cstdint>

#include "base/buffer.h"
#include "http/http1/head_writer.h"
#include "ravelin/message.h"

namespace ravelin::http::http1 {

/// MessageWriter holds what is to be written of one message after the other: heads as text, the body
/// as slices, framed when it goes on the wire.
class MessageWriter {
 public:
  explicit MessageWriter(BlockPool& pool) : head_(pool), body_(pool), trailers_(pool) {}

  /// Where heads are written: interim ones, then the final one.
  Chain& head() { return head_; }
  /// The final head has been written and a body framed like this follows. Codings without a body drop
  /// the bytes they are given.
  void begin(const Framed& framed);
  /// More of the body. False if it is longer than was said: the message is beyond repair.
  [[nodiscard]] bool add(Chain&& bytes);
  /// The body is whole. False if it is shorter than was said.
  [[nodiscard]] bool end();
  /// As end(), with trailers after a chunked body; other codings drop them.
  [[nodiscard]] bool end(const HeaderList& trailers);

  /// Moves up to about `budget` bytes to `out`; returns how many of them were of the body.
  std::size_t produce(Chain& out, std::size_t budget);
  bool has_output() const;
  /// Whether end() was called and nothing is left to produce.
  bool is_done() const { return state_ == State::done; }
  /// Whether begin() was called.
  bool has_begun() const { return state_ != State::head; }
  /// Whether begin() was called and the head has been produced.
  bool is_head_out() const { return has_begun() && head_.is_empty(); }
  /// Whether end() was called.
  bool has_ended() const { return state_ == State::ending || state_ == State::done; }
  /// Whether the body's end is that of the connection.
  bool is_until_close() const { return framed_.coding == Coding::until_close; }
  /// Forgets everything: ready for the next message.
  void restart();

 private:
  enum class State : std::uint8_t { head, body, ending, done };

  bool has_body() const { return framed_.coding >= Coding::sized; }
  void produce_head(Chain& out);
  std::size_t produce_body(Chain& out, std::size_t budget);

  Chain head_;
  Chain body_;
  Chain trailers_;
  Framed framed_;
  std::uint64_t added_ = 0;
  State state_ = State::head;
};

}  // namespace ravelin::http::http1
