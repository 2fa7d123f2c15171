#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "http/codec.h"
#include "http/http1/body_reader.h"
#include "http/http1/held_input.h"
#include "http/http1/message_writer.h"

namespace ravelin::http::http1 {

/// MessageCodec is what both roles of HTTP/1.1 share: reading one message after the other within the
/// window, writing one after the other, at most one stream at a time. Input that cannot be read yet is
/// held, and read on at the end of the produce() that makes it possible.
class MessageCodec : public Codec {
 public:
  /// All must outlive it.
  MessageCodec(CodecEvents& events, BlockPool& pool, const Limits& limits)
      : events_(events), pool_(pool), limits_(limits), body_(limits_), writer_(pool) {}

  Result<void> receive(Slice bytes) final;
  bool produce(Chain& out, std::size_t budget) final;
  void abort(const Error& error) final;
  std::string_view protocol() const final { return "http/1.1"; }

 protected:
  /// What is expected from the peer.
  enum class Reading : std::uint8_t {
    idle,  // client role: nothing, no stream is open
    head,  // server role: also between requests
    body,
    ended,   // the message is whole; the exchange is not
    closed,  // nothing any more
  };

  void send_body(StreamId id, Chain&& bytes, bool is_end) final;
  void send_trailers(StreamId id, const HeaderList& trailers) final;
  void reset(StreamId id, ResetCode code) final;
  void consume(StreamId id, std::size_t bytes) final;

  /// Whether `id` is the stream that is open.
  virtual bool is_current(StreamId id) const = 0;
  /// Reads a head at the front of `text`, tells it and calls begin_body(); returns the bytes taken, 0 if
  /// more are needed.
  virtual Result<std::size_t> read_head(std::string_view text) = 0;
  /// Bytes that no message expects; returns how many are dropped: 0 holds them all.
  virtual Result<std::size_t> read_surplus(std::string_view text) = 0;
  /// The message is whole: tells on_end. `has_surplus`: more has come behind it.
  virtual void end_message(bool has_surplus) = 0;
  /// Ends the exchange if both directions have got to their end.
  virtual void settle() = 0;
  /// The stream is gone and so is the connection, whatever was still to be written.
  virtual void give_up() = 0;
  /// The owner has cut its stream short; the connection ends.
  virtual void stop() { give_up(); }
  /// Makes an error of the shared readers this role's.
  virtual Error blame(Error error) const = 0;

  /// A message's head has been read: its body follows, and trailers will live in `arena`; those `named`
  /// by Connection, whose names live there too, are dropped. From here reading_ is body, or ended if
  /// there is none.
  void begin_body(BodyKind kind, std::uint64_t size, Arena& arena, std::span<const std::string_view> named);
  /// The connection is a tunnel from here, in both directions.
  void begin_tunnel();
  /// What the window still allows.
  std::size_t credit() const { return limits_.window - std::min(limits_.window, outstanding_); }
  /// How many of `allowed` bytes to read in one turn: two blocks at most. A few bytes in a third would cost another
  /// system call to receive and another TLS record to send.
  static std::size_t at_once(std::size_t allowed) { return std::min(allowed, 2 * Block::size); }
  bool is_tunnel() const { return is_tunnel_; }
  /// Part of a head has come and is held.
  bool is_head_begun() const { return is_head_begun_; }
  /// Ends the stream early: tells on_reset when all else is in order.
  void cut(const Error& error);
  /// As cut(), for what the peer did wrong; returns the error for receive().
  Error fail(Error error);
  /// A message that was sent is not as long as its head said: a bug on our side of the seam. No event
  /// may come from inside the command, so produce() ends the stream.
  void fail_sending();

  CodecEvents& events_;
  BlockPool& pool_;
  const Limits limits_;
  HeldInput held_;
  BodyReader body_;
  MessageWriter writer_;
  StreamEvents* owner_ = nullptr;  // null once it has had its last event
  StreamId id_ = 0;
  Reading reading_ = Reading::head;

 private:
  static constexpr std::size_t gather_below = 512;  // bytes: cheaper to copy than to tell

  Result<void> read_held();
  Result<void> read_slice(Slice bytes);
  Result<std::size_t> join_head(std::string_view text);
  Result<std::size_t> step(std::string_view input, const Slice* source);
  Result<std::size_t> step_head(std::string_view input);
  Result<std::size_t> step_body(std::string_view input, const Slice* source);
  void tell_body(Chain& bytes);
  void tell_body(Slice bytes);
  Result<void> end_body(bool has_surplus);
  void tell_part(std::string_view data, const Slice* source);
  bool may_read_held() const;

  std::size_t outstanding_ = 0;     // body bytes delivered and not consumed
  Arena* trailer_arena_ = nullptr;  // the head's, which lives as long as the stream
  std::span<const std::string_view> named_;
  bool is_head_begun_ = false;
  bool is_tunnel_ = false;
  bool is_sending_broken_ = false;
};

}  // namespace ravelin::http::http1
