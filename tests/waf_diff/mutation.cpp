#include "waf_diff/mutation.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

#include "waf_diff/attacks.h"
#include "waf_diff/encodings.h"

namespace ravelin::waf_diff {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t longest_piece = 200;
constexpr std::size_t longest_text = 6000;

constexpr std::string_view fragments[] = {
    "'",       "\"",      "`",     "<",      ">",     "--",      "/*",      "*/",          "#",      ";",
    "|",       "&",       "$(",    "${",     "\\",    "../",     "%",       "%00",         "%0a",    "%u",
    "\0"sv,    "\n",      "\r\n",  "\t",     "\v",    "\xa0",    "\xff",    "\xc0\xaf",    "=",      "[]",
    "{",       "}",       "(",     ")",      "0x",    "@@",      "||",      "&&",          " or ",   " and ",
    "select ", "union ",  "from ", "sleep(", "<?php", "<script", "onload=", "javascript:", "style=", "/etc/",
    ".php",    "http://", "%{",    "jndi:",  "id=",   "echo "};
constexpr std::string_view blanks[] = {" ",    "\t", "\n",  "\r",  "\v",   "\f",  "  ",
                                       "/**/", "+",  "%20", "%09", "\xa0", "\0"sv};
constexpr std::string_view methods[] = {"GET",     "POST",  "PUT",   "HEAD",     "DELETE",
                                        "OPTIONS", "PATCH", "TRACE", "PROPFIND", "FOO"};
constexpr std::string_view field_names[] = {
    "cookie",        "user-agent",      "referer",        "accept",      "x-forwarded-for",     "content-type",
    "range",         "accept-encoding", "accept-charset", "x-file-name", "content-encoding",    "x-filename",
    "authorization", "origin",          "if-none-match",  "x-note",      "content-disposition", "request-range"};
constexpr std::string_view types[] = {"application/x-www-form-urlencoded",
                                      "application/json",
                                      "text/xml",
                                      "text/plain",
                                      "multipart/form-data; boundary=waf-diff-edge",
                                      "application/x-www-form-urlencoded; charset=utf-7",
                                      "application/soap+xml",
                                      "application/octet-stream",
                                      "multipart/form-data",
                                      "APPLICATION/JSON"};

struct Stretch {
  std::size_t begin;
  std::size_t size;
};

Stretch stretch_of(const std::string& text, Random& random) {
  const std::size_t begin = random.below(text.size() + 1);
  const std::size_t left = std::min(text.size() - begin, longest_piece);
  return {begin, random.one_in(3) ? left : random.below(left + 1)};
}

void insert(std::string& text, std::string_view piece, Random& random) {
  text.insert(random.below(text.size() + 1), piece);
}

void recase(std::string& text, Stretch where, Random& random) {
  for (std::size_t i = where.begin; i < where.begin + where.size; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    text[i] = static_cast<char>(random.one_in(2) ? std::toupper(byte) : std::tolower(byte));
  }
}

// Blanks become other blanks, or anything gets one.
void respace(std::string& text, Random& random) {
  const std::size_t at = text.find_first_of(" +", random.below(text.size() + 1));
  const std::string_view blank = random.pick(blanks);
  if (at == std::string::npos) return insert(text, blank, random);
  text.replace(at, 1, blank);
}

void repeat(std::string& text, Stretch where, Random& random) {
  const std::string piece = text.substr(where.begin, where.size);
  for (std::size_t times = random.between(1, 20); times > 0 && text.size() < longest_text; --times)
    text.insert(where.begin, piece);
}

void change_text(std::string& text, const std::string& other, Random& random) {
  const Stretch where = stretch_of(text, random);
  switch (random.below(11)) {
    case 0: return insert(text, random.pick(fragments), random);
    case 1: return insert(text, random.pick(payloads()).text, random);
    case 2: return insert(text, disguised(random.pick(payloads()).text, random), random);
    case 3: return void(text.replace(where.begin, where.size, disguised(text.substr(where.begin, where.size), random)));
    case 4: return recase(text, where, random);
    case 5: return respace(text, random);
    case 6: return repeat(text, where, random);
    case 7: return void(text.erase(where.begin, where.size));
    case 8: return text.resize(where.begin);
    case 9: return insert(text, std::string(1, static_cast<char>(random.next() & 0xff)), random);
    default: {
      const Stretch from = stretch_of(other, random);
      return void(text.replace(where.begin, random.one_in(2) ? where.size : 0, other.substr(from.begin, from.size)));
    }
  }
}

std::string any_text(const Sample& sample, Random& random) {
  const std::size_t which = random.below(sample.fields.size() + 2);
  if (which == 0) return sample.uri;
  return which == 1 ? sample.body : sample.fields[which - 2].value;
}

// Most of what rules look at is in the target and the body.
std::string& text_to_change(Sample& sample, Random& random) {
  if (!sample.body.empty() && random.one_in(2)) return sample.body;
  if (sample.fields.empty() || random.one_in(2)) return sample.uri;
  return sample.fields[random.below(sample.fields.size())].value;
}

std::string query_of(const Sample& sample) {
  const std::size_t at = sample.uri.find('?');
  return at == std::string::npos ? std::string{} : sample.uri.substr(at + 1);
}

void add_parameter(Sample& sample, Random& random) {
  const std::string text = disguised(random.pick(payloads()).text, random);
  sample.uri += (query_of(sample).empty() ? "?" : "&") + std::string(random.pick(fragments)) + "=" +
                (random.one_in(2) ? form_encoded(text) : text);
}

void add_field(Sample& sample, Random& random) {
  const Payload& payload = random.pick(payloads());
  sample.fields.push_back(
      {std::string(random.pick(field_names)), random.one_in(2) ? payload.text : disguised(payload.text, random)});
}

// One payload is said in another place, in another form.
void move_to_body(Sample& sample, Random& random) {
  const Payload moved{"moved", percent_decoded(query_of(sample))};
  const Sample placed = attack_sample(moved, static_cast<Placement>(random.between(5, placement_count - 1)));
  sample.method = placed.method;
  sample.set("content-type", std::string(placed.field("content-type")));
  sample.body = placed.body;
}

void take_body(Sample& sample, const Sample& other) {
  sample.method = other.method;
  sample.body = other.body;
  sample.set("content-type", std::string(other.field("content-type")));
}

void change_shape(Sample& sample, const Sample& other, Random& random) {
  switch (random.below(8)) {
    case 0: return add_parameter(sample, random);
    case 1: return add_field(sample, random);
    case 2: return move_to_body(sample, random);
    case 3: return take_body(sample, other);
    case 4: return sample.set("content-type", std::string(random.pick(types)));
    case 5: sample.method = random.pick(methods); return;
    case 6: sample.uri += "&" + query_of(random.one_in(2) ? sample : other); return;
    default:
      if (!sample.fields.empty())
        sample.fields.erase(sample.fields.begin() + static_cast<std::ptrdiff_t>(random.below(sample.fields.size())));
  }
}

}  // namespace

Sample mutated(Sample sample, const Sample& other, Random& random) {
  for (std::size_t count = random.one_in(2) ? 1 : random.between(2, 6); count > 0; --count) {
    if (random.one_in(5)) {
      change_shape(sample, other, random);
    } else {
      change_text(text_to_change(sample, random), any_text(other, random), random);
    }
  }
  return sample;
}

}  // namespace ravelin::waf_diff
