#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>

#include "base/buffer.h"
#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http {

class Codec;

/// StreamId names a message pair within one codec: the HTTP/2 stream id, or the running number of
/// the exchange on an HTTP/1.1 connection (from 1).
using StreamId = std::uint32_t;

/// ResetCode says why a stream is cut short, in HTTP/2's terms (RFC 9113 section 7). HTTP/1.1 can
/// only close its connection.
enum class ResetCode : std::uint8_t { cancel, refused, protocol_error, internal_error, enhance_your_calm };

/// StreamEvents is what happens on one stream, told to its owner (Flow, Attempt). A handler may
/// issue commands on any stream; no event is delivered from inside a command. The owner must live
/// until the last event, which is exactly one of on_closed or on_reset; the only way to be rid of a
/// stream earlier is the command reset(), after which no event comes.
///
/// Tunnels: a request whose head names a `protocol` has no body. If it is answered with a head of status
/// 101, in either role and version, the stream is a tunnel from then on: on_body and send_body carry its
/// bytes, and each direction ends by on_end or the last send_body.
class StreamEvents {
 public:
  virtual ~StreamEvents() = default;
  /// Client role only: the response's head, and before it any number of 1xx heads.
  virtual void on_response_head(std::unique_ptr<ResponseHead> head) = 0;
  /// Body bytes, transfer coding removed; owe a consume() of the same number.
  virtual void on_body(Slice bytes) = 0;
  /// Client role, HTTP/1.1: how many bytes of body the owner would take now, of those that the window allows. While it
  /// is 0 the owner owes a consume(), be it of nothing, which says that it may have grown.
  virtual std::size_t room() const { return std::numeric_limits<std::size_t>::max(); }
  /// Trailers, already stripped of what may not be one (RFC 9110 section 6.5.1); the arena they
  /// live in is the head's. Before on_end.
  virtual void on_trailers(HeaderList& trailers) = 0;
  /// The message that is received is whole.
  virtual void on_end() = 0;
  /// `bytes` of the body given to send_body have left the codec.
  virtual void on_sent(std::size_t bytes) = 0;
  /// The stream has ended well and is gone: all that was to be sent has been produced, and the
  /// message received is whole. In the server role also when the response has been produced whole
  /// while the request is unfinished: what still arrives of it is the codec's to discard or refuse.
  /// Told from produce() or receive(), like every event.
  virtual void on_closed() = 0;
  /// The stream has ended early: by the peer, the connection, or a violation. The stream is gone.
  virtual void on_reset(const Error& error) = 0;
};

/// Stream is a light handle on one message pair in a codec. Commands only enqueue: bytes are written
/// at the end of the loop turn. Commands on a stream that is already gone do nothing. The handle must
/// not outlive its codec: the owner of the codec delivers on_reset first.
class Stream {
 public:
  Stream() = default;
  Stream(Codec& codec, StreamId id) : codec_(&codec), id_(id) {}

  bool is_open() const { return codec_ != nullptr; }
  StreamId id() const { return id_; }
  Codec& codec() const { return *codec_; }

  /// Server role. `is_end`: no body follows; must agree with `head.body`. 1xx heads may precede.
  void send_head(const ResponseHead& head, bool is_end) const;
  /// Client role. The head lives as long as the stream is open.
  void send_head(const RequestHead& head, bool is_end) const;
  /// Body bytes; `is_end` marks the last (may be empty).
  void send_body(Chain&& bytes, bool is_end) const;
  /// Ends the message with these trailers instead of an empty last piece.
  void send_trailers(const HeaderList& trailers) const;
  /// Cuts the stream: RST_STREAM, or the end of the HTTP/1.1 connection. No event follows.
  void reset(ResetCode code) const;
  /// Gives back credit for `bytes` of body that were delivered.
  void consume(std::size_t bytes) const;
  /// Nobody wants what is left of the body: it may still be delivered, but nothing is owed for it any more.
  void ignore_body() const;
  /// HTTP/2: the peer lets nothing more of our body come, on this stream or on all.
  bool is_window_shut() const;
  /// HTTP/2: the peer may send nothing more of its body, as those of other streams wait here.
  bool is_body_stopped() const;

 private:
  Codec* codec_ = nullptr;
  StreamId id_ = 0;
};

}  // namespace ravelin::http
