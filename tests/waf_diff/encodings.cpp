#include "waf_diff/encodings.h"

#include <array>
#include <cctype>
#include <cstdint>

namespace ravelin::waf_diff {
namespace {

constexpr std::string_view base64_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string hex(unsigned char byte) {
  constexpr std::string_view digits = "0123456789abcdef";
  return {digits[byte >> 4], digits[byte & 15]};
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const int letter = std::tolower(static_cast<unsigned char>(c)) - 'a';
  return letter >= 0 && letter < 6 ? letter + 10 : -1;
}

bool is_word(unsigned char byte) { return std::isalnum(byte) != 0; }

}  // namespace

namespace written_as {

std::string percent(unsigned char byte) { return "%" + hex(byte); }
std::string percent_u(unsigned char byte) { return "%u00" + hex(byte); }
std::string backslash_u(unsigned char byte) { return "\\u00" + hex(byte); }
std::string backslash_x(unsigned char byte) { return "\\x" + hex(byte); }
std::string entity(unsigned char byte) { return "&#" + std::to_string(byte) + ";"; }
std::string entity_hex(unsigned char byte) { return "&#x" + hex(byte); }
std::string full_width(unsigned char byte) {
  if (byte <= 0x20 || byte >= 0x7f) return {static_cast<char>(byte)};
  const unsigned code = 0xff00U + byte - 0x20U;
  return {static_cast<char>(0xe0 | code >> 12), static_cast<char>(0x80 | ((code >> 6) & 0x3f)),
          static_cast<char>(0x80 | (code & 0x3f))};
}
std::string css(unsigned char byte) { return "\\0000" + hex(byte); }

}  // namespace written_as

namespace {

using namespace written_as;

std::string percent_twice(unsigned char byte) { return "%25" + hex(byte); }
std::string percent_marks(unsigned char byte) {
  return is_word(byte) ? std::string(1, static_cast<char>(byte)) : percent(byte);
}
std::string percent_u_wide(unsigned char byte) {
  return byte > 0x20 && byte < 0x7f ? "%uff" + hex(static_cast<unsigned char>(byte - 0x20)) : percent_u(byte);
}
std::string entity_named(unsigned char byte) {
  switch (byte) {
    case '<': return "&lt;";
    case '>': return "&gt;";
    case '"': return "&quot;";
    case '&': return "&amp;";
    case ':': return "&colon;";
    case '(': return "&lpar;";
    default: return {static_cast<char>(byte)};
  }
}
// Two bytes where one would do, which no decoder should take.
std::string overlong(unsigned char byte) {
  return percent(static_cast<unsigned char>(0xc0 | byte >> 6)) +
         percent(static_cast<unsigned char>(0x80 | (byte & 0x3f)));
}

constexpr std::array<Encoding, 14> encodings{percent,     percent_marks, percent_twice, percent_u,    percent_u_wide,
                                             backslash_u, backslash_x,   entity,        entity_hex,   entity_named,
                                             overlong,    full_width,    css,           percent_marks};

}  // namespace

std::string percent_decoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_code =
        text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0;
    result += is_code ? static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2])) : text[i];
    if (is_code) i += 2;
  }
  return result;
}

std::string form_encoded(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == ' ') {
      result += '+';
    } else if (is_word(byte) || std::string_view("*-._").find(c) != std::string_view::npos) {
      result += c;
    } else {
      result += percent(byte);
    }
  }
  return result;
}

std::string base64_encoded(std::string_view text) {
  std::string result;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) result += i + k > text.size() ? '=' : base64_digits[group >> (18 - 6 * k) & 63];
  }
  return result;
}

std::string base64_decoded(std::string_view text) {
  std::string result;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const std::size_t value = base64_digits.find(c);
    if (value == std::string_view::npos) continue;
    bits = bits << 6 | static_cast<std::uint32_t>(value);
    count += 6;
    if (count < 8) continue;
    count -= 8;
    result += static_cast<char>(bits >> count & 255);
  }
  return result;
}

std::string json_escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      result += {'\\', c};
    } else {
      result += byte < 0x20 ? backslash_u(byte) : std::string(1, c);
    }
  }
  return result;
}

std::string disguised(std::string_view text, Random& random) {
  const std::size_t way = random.below(encodings.size() + 3);
  if (way == encodings.size()) return base64_encoded(text);
  if (way == encodings.size() + 1) return percent_decoded(text);
  std::string result;
  if (way == encodings.size() + 2) {
    for (const char c : text) result += hex(static_cast<unsigned char>(c));
    return "0x" + result;
  }
  const std::size_t share = random.between(1, 3);
  for (const char c : text)
    result += random.one_in(share) ? encodings[way](static_cast<unsigned char>(c)) : std::string(1, c);
  return result;
}

}  // namespace ravelin::waf_diff
