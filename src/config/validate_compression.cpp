#include <algorithm>
#include <array>
#include <string_view>

#include "config/checker.h"

namespace ravelin::config {
namespace {

// Their bytes are packed already, so coding them again costs time and gains nothing.
constexpr std::array<std::string_view, 9> packed_types{
    "image/png",       "image/jpeg", "image/webp",       "image/gif",           "font/woff2",
    "application/zip", "audio/mpeg", "application/gzip", "application/x-bzip2",
};

bool is_media_type(std::string_view type) {
  const std::size_t slash = type.find('/');
  if (slash == std::string_view::npos || !is_token(type.substr(0, slash))) return false;
  const std::string_view kind = type.substr(slash + 1);
  return kind == "*" ? type.front() != '*' : is_token(kind) && type.find('*') == std::string_view::npos;
}

void check_type(Checker& check, const std::string& at, const std::string& type) {
  if (!is_media_type(type)) {
    check.error(at, "expected a media type without parameters, such as text/html or text/*, got '" + type + "'");
  } else if (type.rfind("application/grpc", 0) == 0) {
    check.error(at, "gRPC has a compression of its own, and its messages are never coded");
  } else if (std::find(packed_types.begin(), packed_types.end(), type) != packed_types.end()) {
    check.warning(at, type + " is compressed already: coding it again costs time and saves nothing");
  }
}

template <class T>
bool is_repeated(const std::vector<T>& list, std::size_t index) {
  const auto end = list.begin() + static_cast<std::ptrdiff_t>(index);
  return std::find(list.begin(), end, list[index]) != end;
}

}  // namespace

void check_compression(Checker& check, const std::string& path, const OrOff<Compression>& compression) {
  if (compression.is_off()) return;
  const auto& codings = compression->codings;
  if (codings.empty()) check.error(path + ".codings", "expected at least one of gzip, br, zstd; or compression: off");
  for (std::size_t i = 0; i < codings.size(); ++i)
    if (is_repeated(codings, i)) check.error(item(path + ".codings", i), "this coding is listed twice");
  const auto& types = compression->types;
  if (types.empty()) check.error(path + ".types", "expected at least one media type; or compression: off");
  for (std::size_t i = 0; i < types.size(); ++i) check_type(check, item(path + ".types", i), types[i]);
}

}  // namespace ravelin::config
