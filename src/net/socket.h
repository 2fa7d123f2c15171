#pragma once

#include <climits>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>

#include "ravelin/address.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// Socket owns a descriptor; closing it is destroying this.
class Socket {
 public:
  Socket() = default;
  explicit Socket(int fd) : fd_(fd) {}
  Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Socket& operator=(Socket&& other) noexcept {
    const int fd = other.release();
    close();
    fd_ = fd;
    return *this;
  }
  ~Socket() { close(); }

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }
  void close();
  /// Gives the descriptor away.
  int release() { return std::exchange(fd_, -1); }
  /// A second descriptor of the same socket: the only way for workers to share a unix listener.
  Result<Socket> duplicate() const;
  /// Where it is bound: tells the port that was asked for as 0.
  SocketAddress local_address() const;
  /// Makes close() send RST instead of FIN and drop what is unsent.
  void reset_on_close();

 private:
  int fd_ = -1;
};

/// ListenOptions is how a listening socket is opened.
struct ListenOptions {
  bool shares_port = true;      // SO_REUSEPORT: one socket per worker, the kernel spreads connections
  bool may_bind_early = false;  // IP_FREEBIND: the address may appear later (a failover address)
  int backlog = 4096;           // connections waiting for accept; net.core.somaxconn caps it
  unsigned unix_mode = 0660;    // permissions of a unix socket's file
};

/// Opens a non-blocking listening socket. A file left by a unix listener that is gone is replaced; one
/// that answers is an error. IPv6 sockets take IPv6 only, so that 0.0.0.0 and [::] can both be bound.
Result<Socket> listen_on(const SocketAddress& address, const ListenOptions& options);

/// Starts connecting without waiting; the socket becomes writable when that is decided. Errors that
/// are known at once are returned, as by connect_error(). With only descriptors from `descriptors_end` on
/// left it fails as without any.
Result<Socket> start_connect(const SocketAddress& address, int descriptors_end = INT_MAX);

/// The failure `number` (an errno) of connecting to `address`, as an error of the upstream side.
Error connect_error(int number, const SocketAddress& address);

}  // namespace ravelin::net
