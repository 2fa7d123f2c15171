#include "cli/admin_client.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <utility>

#include "net/socket.h"

namespace ravelin::cli {
namespace {

constexpr timeval patience{20, 0};              // a reload that asks name servers may keep it waiting
constexpr timeval patience_for_reload{600, 0};  // which asks name servers, and reads rules

Error unreachable(const std::string& path, const char* what) {
  return {"cli:unreachable", "cannot reach a gateway at " + path + ": " + what +
                                 "; is it running, and is this its admin socket (--admin PATH)?"};
}

Result<net::Socket> open(const std::string& path, const timeval& receive) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return unreachable(path, "the path is too long for a socket");
  path.copy(address.sun_path, sizeof address.sun_path - 1);
  net::Socket socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  setsockopt(socket.fd(), SOL_SOCKET, SO_RCVTIMEO, &receive, sizeof receive);
  setsockopt(socket.fd(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  if (connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    return unreachable(path, std::strerror(errno));
  }
  return socket;
}

bool send_all(const net::Socket& socket, std::string_view text) {
  while (!text.empty()) {
    const ssize_t sent = send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// The request asked for the connection to be closed, so the answer ends with it.
std::string receive_all(const net::Socket& socket) {
  std::string text;
  char buffer[16384];
  for (;;) {
    const ssize_t received = recv(socket.fd(), buffer, sizeof buffer, 0);
    if (received <= 0) return text;
    text.append(buffer, static_cast<std::size_t>(received));
  }
}

// What the head of our own endpoint, whose fields are in lower case, says of its body.
std::size_t length_of(std::string_view head) {
  constexpr std::string_view name = "\r\ncontent-length: ";
  std::size_t length = 0;
  if (const std::size_t at = head.find(name); at != head.npos)
    std::from_chars(head.data() + at + name.size(), head.data() + head.size(), length);
  return length;
}

}  // namespace

Result<AdminReply> ask(const std::string& socket_path, std::string_view method, std::string_view path,
                       const std::string& body) {
  auto socket = open(socket_path, path == "/v1/reload" ? patience_for_reload : patience);
  if (!socket) return std::move(socket).error();
  const std::string request =
      std::string(method) + " " + std::string(path) +
      " HTTP/1.1\r\nHost: admin\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
      body;
  if (!send_all(*socket, request)) return unreachable(socket_path, std::strerror(errno));
  const std::string answer = receive_all(*socket);
  const std::size_t head_end = answer.find("\r\n\r\n");
  AdminReply reply;
  if (head_end == std::string::npos || answer.size() < 12) return unreachable(socket_path, "it gave no answer");
  std::from_chars(answer.data() + 9, answer.data() + 12, reply.status);
  reply.body = answer.substr(head_end + 4);
  if (reply.body.size() < length_of(std::string_view(answer).substr(0, head_end)))
    return unreachable(socket_path, "its answer was cut short");
  return reply;
}

}  // namespace ravelin::cli
