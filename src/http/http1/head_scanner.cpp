#include "http/http1/head_scanner.h"

#include <cstring>

namespace ravelin::http::http1 {

HeadScanner::Outcome HeadScanner::scan(std::string_view text, std::size_t limit) {
  const std::string_view within = text.substr(0, limit);
  while (scanned_ < within.size()) {
    const void* const found = std::memchr(within.data() + scanned_, '\n', within.size() - scanned_);
    if (found == nullptr) break;
    const auto end = static_cast<std::size_t>(static_cast<const char*>(found) - within.data());
    if (end == line_start_ || within[end - 1] != '\r') return Outcome::bad_line_end;
    const std::size_t start = line_start_;
    line_start_ = scanned_ = end + 1;
    size_ = line_start_;
    if (end - 1 == start) return Outcome::whole;
    if (start == 0) {
      size_ = end - 1;
      return Outcome::first_line;
    }
  }
  scanned_ = within.size();
  return text.size() >= limit ? Outcome::too_large : Outcome::incomplete;
}

}  // namespace ravelin::http::http1
