#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string_view>
#include <utility>

#include "base/buffer.h"
#include "http/http2/section_size.h"
#include "http/limits.h"
#include "http/stream.h"
#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http::http2 {

/// TrailersOut keeps trailers to be sent until the body before them is.
struct TrailersOut {
  explicit TrailersOut(const HeaderList& from) : fields(arena) {
    for (const Field& field : from)
      fields.add_view(arena.copy(field.name), arena.copy(field.value), field.is_never_indexed);
  }
  Arena arena;
  HeaderList fields;
};

/// TrailersIn collects received trailers in the arena of the received head. The list itself lives there too:
/// it is forwarded when the body before it has been, which may be after the stream's end.
struct TrailersIn {
  TrailersIn(const Limits& limits, Arena& arena)
      : size(limits), fields(*new (arena.allocate(sizeof(HeaderList), alignof(HeaderList))) HeaderList(arena)) {}
  SectionSize size;
  HeaderList& fields;
};

/// StreamState is what a codec knows of one request and its response: in the server role from the end
/// of the request's head, in the client role from open(), until nghttp2 has closed the stream and the
/// owner has been told.
struct StreamState {
  /// How far our message is. `last_given`: its end was commanded but is not yet produced.
  enum class Sending : std::uint8_t { none, open, last_given, produced };
  /// What the owner has yet to be told last.
  enum class Fate : std::uint8_t { open, closed, reset };

  StreamState(StreamId name, std::size_t receive_window, BlockPool& pool)
      : handle(name), pending(pool), window(receive_window) {}

  /// Takes the owner away: no more events.
  StreamEvents* release() { return std::exchange(owner, nullptr); }

  StreamId handle;                // what the owner calls it
  std::int32_t id = 0;            // HTTP/2's; 0: none yet
  StreamEvents* owner = nullptr;  // null: nobody is to be told anything any more
  Arena* arena = nullptr;         // of the received head, which the owner keeps while the stream is open
  Chain pending;                  // body given to send_body, not yet produced
  std::unique_ptr<TrailersOut> trailers_out;
  std::unique_ptr<TrailersIn> trailers_in;
  std::optional<Error> error;  // with Fate::reset

  std::optional<std::uint64_t> body_left;  // server role: of the request's Content-Length

  std::size_t window;                   // the most that `unconsumed` may be
  std::size_t unconsumed = 0;           // body delivered, credit not given back
  std::size_t taken = 0;                // server role: credit given back since the window was last widened
  std::size_t sent = 0;                 // body produced since the last on_sent
  std::size_t head_bytes = 0;           // decoded size of the received head and trailers
  std::string_view method;              // client role: "HEAD" or empty, all that framing asks
  const RequestHead* tunnel = nullptr;  // client role: a tunnel that waits for the origin's SETTINGS
  unsigned interim = 0;                 // client role: 1xx heads received
  std::size_t interim_bytes = 0;        // client role: their decoded size
  std::size_t linger_left = 0;          // server role, once answered: how much more of the request may come
  std::size_t index = 0;                // in the codec's list of streams

  Sending sending = Sending::none;
  Fate fate = Fate::open;
  bool has_response_begun = false;  // client role
  bool asks_for_tunnel = false;     // client role
  bool is_tunnel = false;           // only DATA follows (RFC 9113 section 8.5)
  bool is_received = false;         // the peer's message is whole
  bool is_reset_by_peer = false;
  bool is_reset_by_us = false;
  bool is_discarding = false;  // the request was refused: its body is of no interest
  bool is_ignored = false;     // so is the rest of this one
  bool is_gone = false;        // closed by nghttp2: to be freed when the owner has been told
  bool is_in_news = false;
};

}  // namespace ravelin::http::http2
