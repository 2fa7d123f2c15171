#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "modules/waf/plan/address_tree.h"
#include "modules/waf/plan/operator_families.h"

namespace ravelin::waf::plan::family {
namespace {

bool is_version_6(std::string_view text) { return text.find(':') != std::string_view::npos; }

std::optional<AddressTree::Address> address_of(const std::string& text) {
  AddressTree::Address address{};
  const int family = is_version_6(text) ? AF_INET6 : AF_INET;
  if (::inet_pton(family, text.c_str(), address.data()) <= 0) return std::nullopt;
  return address;
}

class Networks {
 public:
  /// "address" or "address/length". False for what the library refuses: a length of 0, for one.
  bool add(const std::string& text) {
    const bool is_6 = is_version_6(text);
    const int whole = is_6 ? 128 : 32;
    const std::size_t slash = text.find('/');
    const int length = slash == std::string::npos ? whole : std::atoi(text.c_str() + slash + 1);
    if (length <= 0 || length > whole || text.size() >= (is_6 ? 128 : 32)) return false;
    if (slash != std::string::npos && text.find(is_6 ? ':' : '.', slash) != std::string::npos) return false;
    // The library leaves "/128" on the address, and then cannot read that.
    if (is_6 && length == whole && slash != std::string::npos) return false;
    const auto address = address_of(text.substr(0, slash));
    if (!address) return false;
    (is_6 ? six_ : four_).add(*address, static_cast<std::uint8_t>(length));
    return true;
  }

  bool add_line(std::string_view line) {
    line = line.substr(0, line.find('#'));
    while (!line.empty()) {
      const std::size_t end = std::min(line.find(','), line.size());
      if (end != 0 && !add(std::string(line.substr(0, end)))) return false;
      line.remove_prefix(std::min(end + 1, line.size()));
    }
    return true;
  }

  bool contains(std::string_view value) const {
    const std::string text(value.substr(0, value.find('\0')));
    const auto address = address_of(text);
    return address && (is_version_6(text) ? six_ : four_).contains(*address);
  }

 private:
  AddressTree four_{32};
  AddressTree six_{128};
};

Result<std::vector<std::string>> written_lines(const Operator& op) {
  std::vector<std::string> lines(1);
  for (const char byte : op.argument) {
    if (byte == '\n') {
      lines.emplace_back();
    } else {
      lines.back() += byte;
    }
  }
  return lines;
}

}  // namespace

Compiled compile_address(const Operator& op, const std::string& file) {
  auto lines = op.name == "ipmatch" ? written_lines(op) : lines_of(op, file);
  if (!lines) return lines.error();
  Networks networks;
  for (const std::string& line : *lines)
    if (!networks.add_line(line)) return refused(op, "an address that is not one: " + line);
  return matcher([networks = std::move(networks)](std::string_view value) { return networks.contains(value); });
}

}  // namespace ravelin::waf::plan::family
