#include <algorithm>
#include <cstddef>
#include <string>

#include "modules/waf/plan/rewrite.h"
#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {
namespace {

bool is_blank_byte(char byte) { return is_blank(static_cast<unsigned char>(byte)); }

// The bytes of a no-break space in UTF-8 go, too, each for itself, whatever it is a part of.
bool is_removed(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return is_blank(value) || value == 0xa0 || value == 0xc2;
}

}  // namespace

void compress_whitespace(std::string& value) {
  std::size_t to = 0;
  bool is_within = false;
  for (const char byte : value) {
    const bool is_space = is_blank_byte(byte);
    if (!(is_space && is_within)) value[to++] = is_space ? ' ' : byte;
    is_within = is_space;
  }
  value.resize(to);
}

void remove_whitespace(std::string& value) {
  value.erase(std::remove_if(value.begin(), value.end(), is_removed), value.end());
}

void trim_left(std::string& value) {
  const auto first = std::find_if_not(value.begin(), value.end(), is_blank_byte);
  if (first != value.begin()) value.erase(value.begin(), first);
}

void trim_right(std::string& value) {
  std::size_t size = value.size();
  while (size != 0 && is_blank_byte(value[size - 1])) --size;
  value.resize(size);
}

void trim(std::string& value) {
  trim_right(value);
  trim_left(value);
}

void remove_nulls(std::string& value) {
  const std::size_t first = value.find('\0');
  if (first == std::string::npos) return;
  Rewrite rewrite(value, first);
  while (!rewrite.is_done()) {
    rewrite.skip(1);
    rewrite.copy_until('\0');
  }
  rewrite.finish();
}

void replace_nulls(std::string& value) { std::replace(value.begin(), value.end(), '\0', ' '); }

}  // namespace ravelin::waf::plan::family
