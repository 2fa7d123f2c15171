#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <span>
#include <string>

#include <openssl/ssl.h>

#include "net/hello_guard.h"
#include "net/server_name.h"

// What is read of a TLS handshake before OpenSSL has judged it. The first byte chooses the version that is
// agreed on so far, the second the pieces. The guard says the same whatever the pieces; what it stops is a
// ClientHello that says it is large, found here by joining the handshake records first. A server name
// that is let in is one lower-case line, and comes out of a second reading unchanged.

namespace {

using namespace ravelin::net;  // NOLINT: one file, one program
using Bytes = std::span<const std::uint8_t>;

void require(bool is_true) {
  if (!is_true) std::abort();
}

bool is_admitted(Bytes bytes, int version, std::size_t piece) {
  HelloGuard guard;
  for (; !bytes.empty(); bytes = bytes.subspan(std::min(piece, bytes.size()))) {
    const auto next = bytes.first(std::min(piece, bytes.size()));
    if (!guard.admits(std::as_bytes(next), version)) return false;
  }
  return true;
}

// The handshake messages in the plaintext records, as one text.
std::string join_records(Bytes bytes, int version) {
  std::string messages;
  while (bytes.size() >= 5) {
    const std::size_t size = std::min<std::size_t>(bytes[3] * 256u + bytes[4], bytes.size() - 5);
    const bool is_empty = bytes[3] == 0 && bytes[4] == 0;
    const bool is_passed = version == TLS1_3_VERSION;
    if (bytes[0] == SSL3_RT_HANDSHAKE)
      messages.append(reinterpret_cast<const char*>(bytes.data()) + 5, size);
    else if (!is_empty && !is_passed)
      return messages;
    bytes = bytes.subspan(5 + size);
  }
  return messages;
}

bool has_large_hello(const std::string& messages) {
  const auto at = [&](std::size_t i) { return std::size_t{static_cast<std::uint8_t>(messages[i])}; };
  for (std::size_t i = 0; i + 4 <= messages.size();) {
    const std::size_t size = at(i + 1) << 16 | at(i + 2) << 8 | at(i + 3);
    if (at(i) == SSL3_MT_CLIENT_HELLO && size > HelloGuard::largest) return true;
    i += 4 + size;
  }
  return false;
}

void require_name(Bytes body) {
  const std::optional<std::string> name = parse_server_name(body);
  if (!name) return;
  require(!name->empty() && name->size() <= 255);
  require(std::all_of(name->begin(), name->end(), [](char c) { return c > ' ' && c < 0x7f && (c < 'A' || c > 'Z'); }));
  const std::size_t list = name->size() + 3;
  std::string again{static_cast<char>(list >> 8), static_cast<char>(list & 255), 0, 0, static_cast<char>(name->size())};
  again += *name;
  const auto read = parse_server_name({reinterpret_cast<const unsigned char*>(again.data()), again.size()});
  require(name->back() == '.' || read == name);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2 || size > 40'000) return 0;
  const int version = (data[0] & 1) != 0 ? TLS1_3_VERSION : TLS1_2_VERSION;
  const Bytes bytes(data + 2, size - 2);
  const bool is_whole_admitted = is_admitted(bytes, version, bytes.size() + 1);
  require(is_admitted(bytes, version, 1 + data[1]) == is_whole_admitted);
  require(is_admitted(bytes, version, 1) == is_whole_admitted);
  require(is_whole_admitted != has_large_hello(join_records(bytes, version)));
  require_name(bytes);
  return 0;
}
