#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/normalize.h"

// Targets: what is let in is canonical, comes out of a second pass unchanged, and has none of the
// spellings that get past a rule. The first byte chooses the method.

namespace {

using namespace ravelin;        // NOLINT: one file, one program
using namespace ravelin::http;  // NOLINT

void require(bool is_true) {
  if (!is_true) std::abort();
}

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

void require_safe(std::string_view path) {
  require(path.front() == '/' && !has(path, "//") && !has(path, "/./") && !has(path, "/../") && !has(path, "/..;"));
  require(!path.ends_with("/.") && !path.ends_with("/..") && !has(path, "/;"));
  for (const std::string_view escape : {"%2f", "%3f", "%3F", "%5c", "%5C", "%00", "%2E", "%41", "%0", "%1"})
    require(!has(path, escape));
  for (const std::string_view dots : {".", ".."})
    for (const std::string& before : {std::string("/"), std::string("%2F")})
      for (const std::string_view after : {"%2F", ";"})
        require(!has(path, before + std::string(dots) + std::string(after)));
  require(!path.ends_with("%2F.") && !path.ends_with("%2F..") && !has(path, "%2F./") && !has(path, "%2F../"));
  require(std::all_of(path.begin(), path.end(), [](char c) { return c > 0x20 && c < 0x7f; }));
  require(path.find_first_of("\\#?\"<>^`{|}[]") == std::string_view::npos);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view target(reinterpret_cast<const char*>(data) + 1, size - 1);
  RequestHead head;
  head.scheme = "http";
  head.method = (data[0] & 1) != 0 ? "OPTIONS" : "GET";
  if (!set_target(head, target)) return 0;
  if (head.path == "*") {
    require(head.method == "OPTIONS");
    return 0;
  }
  require_safe(head.path);
  require(head.path.size() <= 3 * target.size() + 1);
  RequestHead again;
  again.scheme = "http";
  again.method = head.method;
  const std::string canonical = std::string(head.path) + (head.has_query ? "?" : "") + std::string(head.query);
  require(set_path(again, canonical).is_ok());
  require(again.path == head.path && again.query == head.query && again.has_query == head.has_query);
  if (!head.authority.empty()) {
    require(set_authority(again, head.authority).is_ok());
    require(again.authority == head.authority && again.host == head.host);
  }
  return 0;
}
