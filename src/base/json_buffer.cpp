#include "base/json_buffer.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <utility>

#include "base/address_text.h"
#include "base/bytes16.h"

namespace ravelin {

namespace {

// The same byte everywhere in a word.
template <class Word>
constexpr Word every(std::uint8_t byte) {
  return static_cast<Word>(static_cast<Word>(-1) / 0xff * byte);
}

// Whether any byte of a word is a control character, a quote, a backslash or not ASCII. Each term sets
// the top bit of a byte that qualifies (others may follow a true one, which does no harm here).
template <class Word>
constexpr bool needs_care(Word word) {
  const Word control = word - every<Word>(0x20);
  const Word quote = (word ^ every<Word>('"')) - every<Word>(1);
  const Word backslash = (word ^ every<Word>('\\')) - every<Word>(1);
  return ((control | quote | backslash | word) & every<Word>(0x80)) != 0;
}

constexpr bool is_plain(unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; }

// Length of the well-formed UTF-8 sequence at `at`, 0 if there is none (Unicode 15, table 3-7).
std::size_t sequence_at(const unsigned char* at, const unsigned char* end) {
  const unsigned char lead = *at;
  const std::size_t size = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (size == 0 || static_cast<std::size_t>(end - at) < size) return 0;
  const unsigned char least = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  const unsigned char most = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  if (at[1] < least || at[1] > most) return 0;
  for (std::size_t i = 2; i < size; ++i) {
    if ((at[i] & 0xc0) != 0x80) return 0;
  }
  return size;
}

char short_escape(unsigned char c) {
  switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
  }
}

// Writes at most six bytes.
char* write_escape(char* to, unsigned char c) {
  *to++ = '\\';
  if (const char letter = short_escape(c)) {
    *to++ = letter;
    return to;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  to = std::copy_n("u00", 3, to);
  *to++ = digits[c >> 4];
  *to++ = digits[c & 15];
  return to;
}

// Bytes above ASCII are negative, so one comparison finds them and the control characters.
bool needs_care(Bytes16 bytes) {
  return is_any((bytes < all16(0x20)) | (bytes == all16('"')) | (bytes == all16('\\')));
}

// Copies a text that needs no care, null if it does need some. The last piece overlaps the one before.
char* write_long(char* to, std::string_view text) {
  const char* at = text.data();
  const char* const last = at + text.size() - 16;
  for (; at < last; at += 16, to += 16) {
    const Bytes16 bytes = load16(at);
    if (needs_care(bytes)) return nullptr;
    store16(to, bytes);
  }
  const Bytes16 bytes = load16(last);
  if (needs_care(bytes)) return nullptr;
  store16(to - (at - last), bytes);
  return to - (at - last) + 16;
}

// The same for a text of one to two words.
template <class Word>
char* write_short(char* to, std::string_view text) {
  Word first, last;
  std::memcpy(&first, text.data(), sizeof first);
  std::memcpy(&last, text.data() + text.size() - sizeof last, sizeof last);
  if (needs_care(first) || needs_care(last)) return nullptr;
  std::memcpy(to, &first, sizeof first);
  std::memcpy(to + text.size() - sizeof last, &last, sizeof last);
  return to + text.size();
}

char* write_plain(char* to, std::string_view text) {
  if (text.size() >= 16) return write_long(to, text);
  if (text.size() >= 8) return write_short<std::uint64_t>(to, text);
  if (text.size() >= 4) return write_short<std::uint32_t>(to, text);
  return nullptr;
}

char* write_text(char* to, std::string_view text) {
  if (char* const end = write_plain(to, text)) return end;
  const auto* at = reinterpret_cast<const unsigned char*>(text.data());
  const unsigned char* const end = at + text.size();
  while (at != end) {
    while (end - at >= 8) {
      std::uint64_t word;
      std::memcpy(&word, at, 8);
      if (needs_care(word)) break;
      std::memcpy(to, &word, 8);
      to += 8;
      at += 8;
    }
    while (at != end && is_plain(*at)) *to++ = static_cast<char>(*at++);
    if (at == end) break;
    if (*at < 0x80) {
      to = write_escape(to, *at++);
    } else if (const std::size_t size = sequence_at(at, end); size > 0) {
      to = std::copy_n(at, size, to);
      at += size;
    } else {
      to = std::copy_n("\xef\xbf\xbd", 3, to);
      ++at;
    }
  }
  return to;
}

constexpr std::array<char, 200> digit_pairs = [] {
  std::array<char, 200> pairs{};
  for (std::size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

char* write_two(char* to, unsigned value) {
  std::memcpy(to, &digit_pairs[2 * value], 2);
  return to + 2;
}

// Digits of `value` before `end`, from the last on; returns the first.
template <class Number>
char* digits_before(char* end, Number value) {
  for (; value >= 100; value /= 100) std::memcpy(end -= 2, &digit_pairs[2 * (value % 100)], 2);
  if (value >= 10) return write_two(end - 2, static_cast<unsigned>(value)) - 2;
  *--end = static_cast<char>('0' + value);
  return end;
}

// Not std::to_chars, which counts the digits first: numbers are a fifth of an access line's cost. Most
// fit a smaller word, whose division is cheaper. Copies 20 bytes, whatever the size.
char* write_number(char* to, std::uint64_t value) {
  constexpr std::size_t longest = 20;
  std::array<char, 2 * longest> room;  // the second half is copied but not used
  char* const end = &room[longest];
  const char* const begin =
      value <= UINT32_MAX ? digits_before(end, static_cast<std::uint32_t>(value)) : digits_before(end, value);
  std::memcpy(to, begin, longest);
  return to + (end - begin);
}

}  // namespace

void JsonBuffer::text(std::string_view text) {
  reserve(text.size() * 6);  // the longest escape
  at_ = write_text(at_, text);
}

void JsonBuffer::string(std::string_view value) {
  reserve(value.size() * 6 + 3);
  *at_ = '"';
  at_ = write_text(at_ + 1, value);
  *at_++ = '"';
  *at_++ = ',';
}

void JsonBuffer::put_number(std::uint64_t magnitude, bool is_negative) {
  reserve(48);
  if (is_negative) *at_++ = '-';
  at_ = write_number(at_, magnitude);
  *at_++ = ',';
}

void JsonBuffer::timestamp(WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const auto micros = static_cast<std::uint64_t>(std::chrono::floor<std::chrono::microseconds>(time - day).count());
  const auto seconds = static_cast<unsigned>(micros / 1'000'000);
  const auto fraction = static_cast<unsigned>(micros % 1'000'000);
  const auto year = static_cast<unsigned>(std::clamp(static_cast<int>(date.year()), 0, 9999));

  reserve(27);
  char* to = write_two(write_two(at_, year / 100), year % 100);
  *to++ = '-';
  to = write_two(to, static_cast<unsigned>(date.month()));
  *to++ = '-';
  to = write_two(to, static_cast<unsigned>(date.day()));
  *to++ = 'T';
  to = write_two(to, seconds / 3600);
  *to++ = ':';
  to = write_two(to, seconds / 60 % 60);
  *to++ = ':';
  to = write_two(to, seconds % 60);
  *to++ = '.';
  to = write_two(write_two(write_two(to, fraction / 10'000), fraction / 100 % 100), fraction % 100);
  *to++ = 'Z';
  at_ = to;
}

void JsonBuffer::address(const Address& address) {
  reserve(64);
  at_ = write_address(at_, address);
}

void JsonBuffer::grow(std::size_t size) {
  const std::size_t used = view().size();
  const std::size_t capacity = std::max(static_cast<std::size_t>(end_ - begin_) * 2, used + size);
  std::unique_ptr<char[]> bigger(new char[capacity]);
  std::memcpy(bigger.get(), begin_, used);
  heap_ = std::move(bigger);
  begin_ = heap_.get();
  at_ = begin_ + used;
  end_ = begin_ + capacity;
}

}  // namespace ravelin
