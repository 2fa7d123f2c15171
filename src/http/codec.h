#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/buffer.h"
#include "http/limits.h"
#include "http/stream.h"
#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http {

/// CodecEvents is what a codec tells its connection.
class CodecEvents {
 public:
  virtual ~CodecEvents() = default;
  /// Server role: a request has arrived. The owner returned gets the stream's events; its on_body,
  /// on_trailers and on_end follow. Never null.
  virtual StreamEvents* on_request(Stream stream, std::unique_ptr<RequestHead> head) = 0;
  /// Server role: a request that cannot be let in but can be answered. `error.status` and
  /// `error.code` say how; `head` holds what could be read (of the fields Content-Type at most, method may be "").
  /// HTTP/1.1: after the answer the connection closes. The owner gets no body: on_end, on_sent, and last on_closed or
  /// on_reset.
  virtual StreamEvents* on_bad_request(Stream stream, std::unique_ptr<RequestHead> head, const Error& error) = 0;
  /// HTTP/2, server role: a stream was reset for what the peer did, instead of being answered. `reason` is a
  /// stable code, static.
  virtual void on_stream_refused(std::string_view) {}
  /// There is something to produce(), or read_budget() has grown, or wants_close() became true. May
  /// come from inside a command; the connection only marks itself for the end of the turn. What receive(),
  /// receive_end() and produce() themselves bring about needs none: their caller looks afterwards.
  virtual void on_wake() = 0;
};

/// Codec turns the bytes of one connection into events and commands into bytes. It does no I/O and
/// knows no clock. The law of credit: at most Limits::window bytes of body per stream may have been
/// delivered and not consumed. One worker's thread; not re-entrant but for commands.
class Codec {
 public:
  virtual ~Codec() = default;

  /// Takes the next bytes from the peer and delivers the events they make. An error is a violation by
  /// the peer that ends the connection: every open stream has had its on_reset, what produce() still
  /// has (a GOAWAY) should be sent, then close. Bytes of body are delivered as slices of `bytes`,
  /// not copied.
  virtual Result<void> receive(Slice bytes) = 0;
  /// The peer has closed its side (FIN, close_notify). Streams that this cuts short get on_reset;
  /// a response body that ends by close gets on_end.
  virtual void receive_end() = 0;
  /// How many bytes may be read from the transport now; 0: do not read, the window is full.
  virtual std::size_t read_budget() const = 0;
  /// Frames read since the last call, each of which is work besides its bytes.
  virtual std::size_t take_frames() { return 0; }
  /// Moves up to about `budget` bytes that may go on the wire now to the end of `out`, and tells
  /// on_sent. Called when the transport has room. Returns true if more is ready.
  virtual bool produce(Chain& out, std::size_t budget) = 0;

  /// Says goodbye: no new requests (GOAWAY, Connection: close); those running finish.
  virtual void shut_down() = 0;
  /// The connection ends now (transport failed, deadline): every open stream gets on_reset(error).
  virtual void abort(const Error& error) = 0;
  /// Server role: the head that has begun to arrive took too long. Answers it through on_bad_request
  /// (`error` has the 408) where the protocol allows that and returns true; false: just close.
  virtual bool refuse_head(const Error&) { return false; }
  /// All is said and the connection should be closed once what was produced is written.
  virtual bool wants_close() const = 0;
  /// With wants_close(): what was sent is cut short, and only a reset tells it from what is whole. Client role: what
  /// is still to be written is of no use.
  virtual bool needs_reset() const { return false; }
  /// What the peer did that ended the connection, if it did: no answer could tell it.
  virtual const Error* violation() const { return nullptr; }
  /// No stream is open and nothing of a next request has arrived: keep-alive idle.
  virtual bool is_idle() const = 0;
  /// A request's head has begun to arrive but is not whole: its deadline runs.
  virtual bool is_reading_head() const = 0;
  /// Client role: whether open() would get a stream now.
  virtual bool may_open() const { return false; }
  /// Client role: no stream will be opened any more, however many end.
  virtual bool has_said_goodbye() const { return wants_close(); }
  /// Client role: a new stream whose events go to `owner`. Only if may_open().
  virtual Stream open(StreamEvents& owner) = 0;
  /// "http/1.1" or "h2".
  virtual std::string_view protocol() const = 0;
  /// Open streams.
  virtual std::size_t streams() const = 0;
  /// So many seconds have passed, since it was made or since this was called: what a peer may do depends on that.
  virtual void pass_seconds(std::int64_t) {}
  /// Nothing has happened for a while: gives back memory that is not missed until something does.
  virtual void rest() {}

 protected:
  friend class Stream;
  virtual void send_head(StreamId id, const ResponseHead& head, bool is_end) = 0;
  virtual void send_head(StreamId id, const RequestHead& head, bool is_end) = 0;
  virtual void send_body(StreamId id, Chain&& bytes, bool is_end) = 0;
  virtual void send_trailers(StreamId id, const HeaderList& trailers) = 0;
  virtual void reset(StreamId id, ResetCode code) = 0;
  virtual void consume(StreamId id, std::size_t bytes) = 0;
  virtual void ignore_body(StreamId) {}
  virtual bool is_window_shut(StreamId) const { return false; }
  virtual bool is_body_stopped() const { return false; }
};

inline void Stream::send_head(const ResponseHead& head, bool is_end) const { codec_->send_head(id_, head, is_end); }
inline void Stream::send_head(const RequestHead& head, bool is_end) const { codec_->send_head(id_, head, is_end); }
inline void Stream::send_body(Chain&& bytes, bool is_end) const { codec_->send_body(id_, std::move(bytes), is_end); }
inline void Stream::send_trailers(const HeaderList& trailers) const { codec_->send_trailers(id_, trailers); }
inline void Stream::reset(ResetCode code) const { codec_->reset(id_, code); }
inline void Stream::consume(std::size_t bytes) const { codec_->consume(id_, bytes); }
inline void Stream::ignore_body() const { codec_->ignore_body(id_); }
inline bool Stream::is_window_shut() const { return codec_->is_window_shut(id_); }
inline bool Stream::is_body_stopped() const { return codec_->is_body_stopped(); }

/// Makers; each codec keeps references to `events` and `pool`, which outlive it.
std::unique_ptr<Codec> make_http1_server(CodecEvents& events, BlockPool& pool, const Limits& limits,
                                         std::string_view scheme);
std::unique_ptr<Codec> make_http1_client(CodecEvents& events, BlockPool& pool, const Limits& limits);
/// A connection whose HTTP/2 preface arrives from the peer.
std::unique_ptr<Codec> make_http2_server(CodecEvents& events, BlockPool& pool, const Limits& limits,
                                         std::string_view scheme);
/// A connection whose HTTP/2 preface is sent to the peer, several streams at once.
std::unique_ptr<Codec> make_http2_client(CodecEvents& events, BlockPool& pool, const Limits& limits);

}  // namespace ravelin::http
