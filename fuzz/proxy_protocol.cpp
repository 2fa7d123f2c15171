#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "net/proxy_protocol.h"

// The header that a proxy puts before a connection. It comes to the same however much of it has come: first more is
// needed, then it is one thing for ever, within its bounds. What was read can be written and read again.

namespace {

using namespace ravelin;       // NOLINT: one file, one program
using namespace ravelin::net;  // NOLINT

using Reading = Result<std::optional<ProxyHeader>>;

void require(bool is_true) {
  if (!is_true) std::abort();
}

bool is_same(const Reading& a, const Reading& b) {
  if (a.is_ok() != b.is_ok()) return false;
  if (!a) return a.error().message == b.error().message;
  if (a->has_value() != b->has_value()) return false;
  if (!*a) return true;
  return (*a)->size == (*b)->size && (*a)->source == (*b)->source && (*a)->destination == (*b)->destination;
}

void require_bounds(const ProxyHeader& header, std::string_view input) {
  require(header.size <= input.size());
  require(header.size <= (input.front() == 'P' ? longest_proxy_v1 : longest_proxy_v2));
  require(header.source.address.is_none() == header.destination.address.is_none());
  require(!header.source.is_unix() && !header.destination.is_unix());
}

void require_round_trip(const ProxyHeader& header) {
  for (const ProxyVersion version : {ProxyVersion::v1, ProxyVersion::v2}) {
    const std::string text = write_proxy_header(version, header.source, header.destination);
    const Reading again = read_proxy_header(text);
    require(again && *again && (*again)->size == text.size());
    require((*again)->source == header.source && (*again)->destination == header.destination);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size < 2048 ? size : 2048);
  std::optional<Reading> settled;
  for (std::size_t come = 0; come <= input.size(); ++come) {
    Reading reading = read_proxy_header(input.substr(0, come));
    if (settled) {
      require(is_same(reading, *settled));
    } else if (!reading || *reading) {
      if (reading) require((*reading)->size == come);
      settled = std::move(reading);
    }
  }
  if (!settled) require(input.size() < longest_proxy_v2);
  if (!settled || !*settled) return 0;
  require_bounds(***settled, input);
  require_round_trip(***settled);
  return 0;
}
