#pragma once

#include <climits>
#include <cstdint>

#include "event/event_loop.h"
#include "event/watch.h"
#include "net/socket.h"
#include "ravelin/loop.h"

namespace ravelin::net {

/// AcceptEvents is given what a listener accepts, on its worker's thread. It must not destroy the
/// listener from inside a call; pause() and close() are fine.
class AcceptEvents {
 public:
  virtual ~AcceptEvents() = default;
  /// A connection, non-blocking and without delay (TCP_NODELAY). `peer` of a unix client is none.
  virtual void on_accept(Socket socket, const SocketAddress& peer) = 0;
  /// Accepting stopped working (no descriptors, no memory); it is tried again every 100 ms, and told
  /// once until it works again. Those who wait stay in the backlog, but for the one that met the end of
  /// the descriptors.
  virtual void on_accept_failed(const Error& error) = 0;
};

/// Listener accepts connections of one listening socket on one worker, at most `batch` in a turn.
/// Readiness is level-triggered here: what is left is reported again, and while paused the descriptor
/// is not watched at all, so neither a cap nor a lack of descriptors makes the loop spin.
class Listener final : private event::ReadinessEvents {
 public:
  static constexpr int batch = 64;
  static constexpr Duration retry_after = std::chrono::milliseconds(100);

  /// Takes over a listening, non-blocking socket. Connections get descriptors below `descriptors_end`
  /// only (see Descriptors).
  Listener(event::EventLoop& loop, Socket socket, AcceptEvents& events, int descriptors_end = INT_MAX);

  /// Begins to accept, or goes on after pause().
  Result<void> resume();
  /// Leaves new connections in the backlog: at the connection cap.
  void pause();
  bool is_accepting() const { return watch_.is_watching(); }
  /// Accepts what waits already (a closed SO_REUSEPORT socket would reset it), then closes for good.
  void close();
  SocketAddress address() const { return socket_.local_address(); }

 private:
  enum class State : std::uint8_t { paused, accepting, failing, closed };

  void on_ready(event::Readiness readiness) override;
  bool accept_one();
  void fail(int number);
  void retry();
  bool has_descriptors() const;

  Socket socket_;
  AcceptEvents& events_;
  const int descriptors_end_;
  State state_ = State::paused;
  event::Watch watch_;
  Timer retry_;
};

}  // namespace ravelin::net
