#include "net/socket.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <system_error>

#include "event/sockaddr.h"

namespace ravelin::net {

namespace {

std::string text_of(int number) { return std::generic_category().message(number); }

// Options fail only on sockets of another kind (a unix socket has no TCP_NODELAY); then they have no meaning.
void set(const Socket& socket, int level, int option, int value) {
  ::setsockopt(socket.fd(), level, option, &value, sizeof value);
}

std::string advice_for(int number) {
  switch (number) {
    case EACCES: return "run as root or grant CAP_NET_BIND_SERVICE (for a unix socket: write access to its folder)";
    case EADDRINUSE: return "stop the program that holds it or choose another";
    case EADDRNOTAVAIL: return "no interface of this machine has it";
    case ENOENT: return "create the folder of the socket";
    case EMFILE:
    case ENFILE: return "raise the limit of open files (LimitNOFILE=)";
    default: return "check the address";
  }
}

Error listen_error(const SocketAddress& address, int number) {
  return {"local:listen",
          "cannot listen on " + address.to_string() + ": " + text_of(number) + "; " + advice_for(number)};
}

Error path_error(const SocketAddress& address) {
  return {"local:unix_path", "cannot use " + address.to_string() + ": the path is longer than 107 bytes; shorten it"};
}

Error socket_error(const SocketAddress& address, int number) {
  return {"local:socket",
          "cannot open a socket to " + address.to_string() + ": " + text_of(number) + "; " + advice_for(number),
          Side::local, 503};
}

Socket open_socket(const event::SystemAddress& address) {
  return Socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// Only a socket that nobody answers on may be replaced; whatever else the path names stays.
void remove_stale(const SocketAddress& address, const event::SystemAddress& system) {
  struct stat status;
  if (::lstat(address.path.c_str(), &status) != 0 || !S_ISSOCK(status.st_mode)) return;
  const Socket probe = open_socket(system);
  if (::connect(probe.fd(), system.get(), system.size) != 0 && errno == ECONNREFUSED) ::unlink(address.path.c_str());
}

void prepare(const Socket& socket, const SocketAddress& address, const ListenOptions& options) {
  if (address.is_unix()) {
    ::fchmod(socket.fd(), options.unix_mode);  // what bind() creates is never wider, not even for a moment
    return;
  }
  set(socket, SOL_SOCKET, SO_REUSEADDR, 1);
  // Accepted sockets inherit this from their listener (Linux), which saves a call for each of them.
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  if (options.shares_port) set(socket, SOL_SOCKET, SO_REUSEPORT, 1);
  if (options.may_bind_early) set(socket, IPPROTO_IP, IP_FREEBIND, 1);
  if (address.address.family() == Address::Family::v6) set(socket, IPPROTO_IPV6, IPV6_V6ONLY, 1);
}

}  // namespace

void Socket::close() {
  if (const int fd = release(); fd >= 0) ::close(fd);
}

Result<Socket> Socket::duplicate() const {
  Socket copy(::fcntl(fd_, F_DUPFD_CLOEXEC, 0));
  if (!copy.is_open())
    return Error{"local:socket", "cannot share a socket: " + text_of(errno) + "; " + advice_for(errno)};
  return copy;
}

SocketAddress Socket::local_address() const {
  event::SystemAddress system;
  system.size = sizeof system.storage;
  if (::getsockname(fd_, system.get(), &system.size) != 0) return {};
  return event::from_system(system);
}

void Socket::reset_on_close() {
  const linger now{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
}

Result<Socket> listen_on(const SocketAddress& address, const ListenOptions& options) {
  const event::SystemAddress system = event::to_system(address);
  if (system.size == 0) return path_error(address);
  Socket socket = open_socket(system);
  if (!socket.is_open()) return listen_error(address, errno);
  prepare(socket, address, options);
  if (address.is_unix()) remove_stale(address, system);
  if (::bind(socket.fd(), system.get(), system.size) != 0) return listen_error(address, errno);
  if (address.is_unix()) ::chmod(address.path.c_str(), options.unix_mode);
  if (::listen(socket.fd(), options.backlog) != 0) return listen_error(address, errno);
  return socket;
}

Result<Socket> start_connect(const SocketAddress& address, int descriptors_end) {
  const event::SystemAddress system = event::to_system(address);
  if (system.size == 0) return path_error(address);
  Socket socket = open_socket(system);
  if (!socket.is_open()) return socket_error(address, errno);
  if (socket.fd() >= descriptors_end) return socket_error(address, EMFILE);
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
  if (::connect(socket.fd(), system.get(), system.size) != 0 && errno != EINPROGRESS)
    return connect_error(errno, address);
  return socket;
}

Error connect_error(int number, const SocketAddress& address) {
  const std::string to = "cannot connect to " + address.to_string() + ": " + text_of(number) + "; ";
  switch (number) {
    case ECONNREFUSED:
    case ENOENT:
      return {"upstream:connect_refused", to + "check that it runs and listens there", Side::upstream, 502, true};
    case ETIMEDOUT:
      return {"upstream:connect_timeout", to + "check that it is up and not behind a filter", Side::upstream, 504,
              true};
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EHOSTDOWN:
    case ENETDOWN: return {"upstream:unreachable", to + "check the route to it", Side::upstream, 502, true};
    case EADDRNOTAVAIL:
      return {"local:ports", to + "no local port is free; keep more connections alive", Side::local, 503, true};
    default: return {"upstream:connect_failed", to + "check the endpoint", Side::upstream, 502, true};
  }
}

}  // namespace ravelin::net
