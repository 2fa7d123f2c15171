#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "net/proxy_protocol.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// ProxyHeaderEvents is told what a proxy said of a connection, from inside a read() of its transport,
/// before any byte behind the header is looked at.
class ProxyHeaderEvents {
 public:
  virtual ~ProxyHeaderEvents() = default;
  /// An error ends the connection: the transport has failed with it.
  virtual Result<void> on_proxy_header(const ProxyHeader& header) = 0;
};

/// ProxyPreface gathers the PROXY protocol header at the start of a connection, and nothing behind it.
class ProxyPreface {
 public:
  /// `events` outlives it.
  explicit ProxyPreface(ProxyHeaderEvents& events) : events_(events) {}

  /// Given what can be read now, at most `most` bytes of it: how many of them are the header's and to be
  /// taken from the connection. Tells the events if they make it whole. The error of a connection that
  /// begins otherwise is "proxy:missing" or "proxy:malformed".
  Result<std::size_t> take(std::string_view next);
  bool is_whole() const { return is_whole_; }
  /// The connection has ended in the middle of a header; an end before its first byte is no error.
  Result<void> end() const;

  static constexpr std::size_t most = longest_proxy_v2;

 private:
  ProxyHeaderEvents& events_;
  std::string text_;
  bool is_whole_ = false;
};

}  // namespace ravelin::net
