#include "base/address_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace ravelin {

namespace {

char* write_v4(char* to, const std::array<std::uint8_t, 16>& bytes) {
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) *to++ = '.';
    to = std::to_chars(to, to + 3, unsigned{bytes[i]}).ptr;
  }
  return to;
}

struct Run {
  std::size_t begin = 8;
  std::size_t size = 0;
};

// The first of the longest runs of at least two zero groups (RFC 5952 section 4.2).
Run longest_zeros(const std::array<unsigned, 8>& groups) {
  Run best, run;
  for (std::size_t i = 0; i < 8; ++i) {
    if (groups[i] != 0) {
      run.size = 0;
      continue;
    }
    if (run.size++ == 0) run.begin = i;
    if (run.size > best.size) best = run;
  }
  return best.size >= 2 ? best : Run{};
}

char* write_v6(char* to, const std::array<std::uint8_t, 16>& bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = bytes[2 * i] * 256U + bytes[2 * i + 1];
  const Run zeros = longest_zeros(groups);
  for (std::size_t i = 0; i < 8;) {
    if (i == zeros.begin) {
      to = std::copy_n("::", 2, to);
      i += zeros.size;
      continue;
    }
    if (i > 0 && to[-1] != ':') *to++ = ':';
    to = std::to_chars(to, to + 4, groups[i++], 16).ptr;
  }
  return to;
}

}  // namespace

char* write_address(char* to, const Address& address) {
  switch (address.family()) {
    case Address::Family::v4: return write_v4(to, address.bytes());
    case Address::Family::v6: return write_v6(to, address.bytes());
    case Address::Family::none: break;
  }
  return to;
}

}  // namespace ravelin
