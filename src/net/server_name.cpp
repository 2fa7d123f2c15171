#include "net/server_name.h"

namespace ravelin::net {

std::optional<std::string> parse_server_name(std::span<const unsigned char> body) {
  // list length (2), type (1), name length (2), name. Only one type was ever defined, and one name of
  // each type is allowed, so the list has one entry.
  constexpr std::size_t head = 5;
  constexpr std::size_t longest = 255;
  if (body.size() <= head || body[2] != 0) return std::nullopt;
  const std::size_t list = body[0] * 256u + body[1];
  const std::size_t size = body[3] * 256u + body[4];
  if (list != body.size() - 2 || size != body.size() - head || size > longest) return std::nullopt;
  std::string name;
  for (const unsigned char c : body.subspan(head)) {
    if (c <= ' ' || c >= 0x7f) return std::nullopt;
    name.push_back(static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
  }
  if (name.back() == '.') name.pop_back();
  if (name.empty()) return std::nullopt;
  return name;
}

}  // namespace ravelin::net
