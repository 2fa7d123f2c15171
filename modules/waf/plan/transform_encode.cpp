#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "modules/waf/plan/rewrite.h"
#include "modules/waf/plan/transform_families.h"

namespace ravelin::waf::plan::family {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::uint8_t no_digit = 0xff;

constexpr auto base64_digits = [] {
  std::array<std::uint8_t, 256> digits{};
  digits.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    digits[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return digits;
}();

std::uint8_t base64_digit(char byte) { return base64_digits[static_cast<unsigned char>(byte)]; }

// Whether `text` is base64 as mbedtls has it: line ends anywhere, blanks before them and at the end, at most two "="
// with nothing but line ends after them. Not that the length fits.
bool is_base64(std::string_view text) {
  std::size_t padding = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::size_t start = i;
    while (i < text.size() && text[i] == ' ') ++i;
    if (i == text.size()) return true;
    if (text[i] == '\n' || text.substr(i, 2) == "\r\n") continue;
    if (i != start) return false;
    if (text[i] == '=') {
      if (++padding > 2) return false;
    } else if (padding != 0 || base64_digit(text[i]) == no_digit) {
      return false;
    }
  }
  return true;
}

// Four digits make three bytes, fewer for each "="; a rest of less than four digits makes none.
std::size_t decode_strict(std::string& value, std::size_t size) {
  std::size_t to = 0;
  std::size_t digits = 0;
  std::size_t bytes = 3;
  std::uint32_t group = 0;
  for (std::size_t i = 0; i < size; ++i) {
    const char byte = value[i];
    if (byte == '\r' || byte == '\n' || byte == ' ') continue;
    if (byte == '=') --bytes;
    group = group << 6 | (byte == '=' ? 0U : base64_digit(byte));
    if (++digits % 4 != 0) continue;
    for (std::size_t k = 0; k < bytes; ++k) value[to++] = static_cast<char>(group >> (16 - 8 * k));
  }
  return to;
}

}  // namespace

// A C string for the library; anything that is not base64 makes it empty.
void base64_decode(std::string& value) {
  const std::size_t end = value.find('\0');
  const std::size_t size = end == std::string::npos ? value.size() : end;
  value.resize(is_base64(std::string_view(value).substr(0, size)) ? decode_strict(value, size) : 0);
}

// Passes over what is no digit. Two mistakes of the library are kept: padding after the first digit of a group makes
// the result empty, and so does a "9" at the end that is such a digit ("9" stands for 61, the code of "=").
void base64_decode_ext(std::string& value) {
  std::size_t to = 0;
  std::size_t digits = 0;
  std::uint32_t group = 0;
  const std::size_t size = value.size();
  for (std::size_t i = 0; i < size; ++i) {
    const char byte = value[i];
    if (byte == '=' && digits % 4 == 1 && (i + 1 == size || value[i + 1] != '=')) return value.clear();
    const std::uint8_t digit = base64_digit(byte);
    if (digit == no_digit) continue;
    if (i + 1 == size && byte == '9' && digits % 4 == 0) return value.clear();
    group = group << 6 | digit;
    const std::size_t place = digits++ % 4;
    if (place != 0) value[to++] = static_cast<char>(group >> (6 - 2 * place));
  }
  value.resize(to);
}

void base64_encode(std::string& value) {
  thread_local std::string encoded;
  encoded.clear();
  for (std::size_t i = 0; i < value.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = i; k < i + 3; ++k)
      group = group << 8 | (k < value.size() ? static_cast<unsigned char>(value[k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k) encoded += i + k > value.size() ? '=' : alphabet[group >> (18 - 6 * k) & 0x3f];
  }
  value.swap(encoded);
}

// Whatever the bytes are; an odd one at the end is dropped.
void hex_decode(std::string& value) {
  const std::size_t pairs = value.size() / 2;
  for (std::size_t i = 0; i < pairs; ++i)
    value[i] = static_cast<char>(
        hex_pair(static_cast<unsigned char>(value[2 * i]), static_cast<unsigned char>(value[2 * i + 1])));
  value.resize(pairs);
}

void hex_encode(std::string& value) {
  constexpr std::string_view digits = "0123456789abcdef";
  thread_local std::string encoded;
  encoded.clear();
  for (const char byte : value) {
    const auto code = static_cast<unsigned char>(byte);
    encoded += digits[code >> 4];
    encoded += digits[code & 0xf];
  }
  value.swap(encoded);
}

void length(std::string& value) { value = std::to_string(value.size()); }

}  // namespace ravelin::waf::plan::family
