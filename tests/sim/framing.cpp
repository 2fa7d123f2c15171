#include "framing.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "support/frames.h"

namespace ravelin::testing {
namespace {

using waf_diff::Random;
using waf_diff::Sample;

// What a stream of HTTP/2 may send before it has to be told that there is room for more, less what is padding.
constexpr std::size_t largest_http2_body = 48 * 1024;
constexpr std::size_t largest_frame = 16 * 1024;
constexpr std::uint32_t stream = 3;
constexpr std::uint32_t other_stream = 1;

bool is_framing(std::string_view name) { return name == "content-length" || name == "host"; }

std::string in_any_case(std::string text, Random& random) {
  for (char& c : text)
    if (random.one_in(2)) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string line(const std::string& name, const std::string& value, Cut cut, Random& random) {
  if (cut == Cut::whole) return name + ": " + value + "\r\n";
  constexpr std::array<std::string_view, 4> blanks{"", " ", "\t", "  \t"};
  return in_any_case(name, random) + ":" + std::string(random.pick(blanks)) + value + std::string(random.pick(blanks)) +
         "\r\n";
}

// Any number of chunks of any size, with leading zeros, capitals and extensions.
std::string chunks(std::string_view body, Cut cut, Random& random) {
  std::string text;
  while (!body.empty()) {
    const std::size_t most = cut == Cut::whole ? body.size() : random.pick(std::array<std::size_t, 4>{1, 7, 200, 5000});
    const std::string_view chunk = body.substr(0, cut == Cut::whole ? most : random.between(1, most));
    body.remove_prefix(chunk.size());
    std::array<char, 20> size{};
    std::snprintf(size.data(), size.size(), random.one_in(2) ? "%zx" : "%04zX", chunk.size());
    text += size.data();
    if (cut != Cut::whole && text.size() < 8000 && random.one_in(3)) text += random.one_in(2) ? ";a=\"b;c\"" : ";a;b=c";
    text.append("\r\n").append(chunk).append("\r\n");
  }
  return text + (cut != Cut::whole && random.one_in(3) ? "000;last\r\nX-Trailer: 1\r\n\r\n" : "0\r\n\r\n");
}

std::string http1(const Sample& sample, Coding coding, Cut cut, Random& random) {
  std::string text = sample.method + " " + sample.uri + " HTTP/" + (sample.version == "1.0" ? "1.0" : "1.1") + "\r\n";
  text += line("host", std::string(sample.field("host")), cut, random);
  for (const waf_diff::Field& field : sample.fields)
    if (!is_framing(field.name)) text += line(field.name, field.value, cut, random);
  if (coding == Coding::chunked)
    text += line("transfer-encoding", "chunked", cut, random);
  else if (!sample.field("content-length").empty())
    text += line("content-length", std::to_string(sample.body.size()), cut, random);
  text += "\r\n";
  return text + (coding == Coding::chunked ? chunks(sample.body, cut, random) : sample.body);
}

// RFC 9113 section 8.2.3. A value may not begin or end with a blank (section 8.2.1).
std::string cookie_fields(std::string_view value, Cut cut, Random& random) {
  std::string block;
  const auto is_whole = [](std::string_view text) {
    return !text.empty() && text.front() != ' ' && text.back() != ' ';
  };
  for (std::size_t at = value.find("; "); at != std::string_view::npos && cut != Cut::whole; at = value.find("; ")) {
    if (!is_whole(value.substr(0, at)) || !is_whole(value.substr(at + 2)) || random.one_in(3)) break;
    block += frames::field("cookie", value.substr(0, at));
    value.remove_prefix(at + 2);
  }
  return block + frames::field("cookie", value);
}

std::string http2_fields(const Sample& sample, Cut cut, Random& random) {
  std::string block = frames::block(
      {{":method", sample.method}, {":scheme", "http"}, {":authority", sample.field("host")}, {":path", sample.uri}});
  for (const waf_diff::Field& field : sample.fields) {
    if (field.name == "cookie")
      block += cookie_fields(field.value, cut, random);
    else if (field.name != "host")
      block += frames::field(field.name, field.value);
  }
  return block;
}

std::string padded(std::string_view bytes, Random& random) {
  const std::size_t padding = random.below(20);
  return static_cast<char>(padding) + std::string(bytes) + std::string(padding, '\0');
}

std::string between(Cut cut, Random& random) {
  if (cut == Cut::whole || !random.one_in(3)) return {};
  return random.one_in(2) ? frames::frame(frames::ping, frames::none, 0, "12345678")
                          : frames::body(other_stream, std::string(random.below(30), 'x'));
}

// HEADERS and CONTINUATION, between which nothing else may stand (RFC 9113 section 6.10). For nghttp2, more
// than eight of these are a flood.
std::string head_frames(std::string_view block, bool is_end, Cut cut, Random& random) {
  std::string text;
  const std::size_t least = block.size() / 8 + 1;
  do {
    const std::size_t most = cut == Cut::whole ? largest_frame : random.between(least, least + 300);
    const std::string_view part = block.substr(0, most);
    block.remove_prefix(part.size());
    const int end = block.empty() ? frames::end_headers : frames::none;
    text += text.empty()
                ? frames::frame(frames::headers, end | (is_end ? frames::end_stream : frames::none), stream, part)
                : frames::frame(frames::continuation, end, stream, part);
  } while (!block.empty());
  return text;
}

std::string body_frames(std::string_view body, Cut cut, Random& random) {
  std::string text;
  while (!body.empty()) {
    const std::size_t most = cut == Cut::whole ? largest_frame : random.pick(std::array<std::size_t, 3>{40, 900, 9000});
    const std::string_view part = body.substr(0, cut == Cut::whole ? most : random.between(most / 2, most));
    body.remove_prefix(part.size());
    const int end = body.empty() ? frames::end_stream : frames::none;
    text += between(cut, random);
    text += cut != Cut::whole && random.one_in(3)
                ? frames::frame(frames::data, end | frames::padded, stream, padded(part, random))
                : frames::frame(frames::data, end, stream, part);
  }
  return text;
}

std::string http2(const Sample& sample, Cut cut, Random& random) {
  std::string text = frames::preface();
  if (cut != Cut::whole)
    text += frames::request(
        other_stream,
        frames::block({{":method", "POST"}, {":scheme", "http"}, {":authority", "a"}, {":path", other_target}}),
        frames::none);
  text += head_frames(http2_fields(sample, cut, random), sample.body.empty(), cut, random);
  text += body_frames(sample.body, cut, random);
  return cut == Cut::whole ? text : text + frames::body(other_stream, {}, frames::end_stream);
}

std::string other_request() { return "GET " + std::string(other_target) + " HTTP/1.1\r\nHost: a\r\n\r\n"; }

std::string connection(const Sample& sample, Coding coding, Cut cut, Random& random) {
  if (coding == Coding::http2) return http2(sample, cut, random);
  std::string text = http1(sample, coding, cut, random);
  if (cut == Cut::whole || sample.version == "1.0") return text;
  if (random.one_in(2)) text.insert(0, other_request());
  return random.one_in(2) ? text + other_request() : text;
}

}  // namespace

std::string_view name_of(Coding coding) {
  switch (coding) {
    case Coding::sized: return "content-length";
    case Coding::chunked: return "chunked";
    case Coding::http2: return "HTTP/2";
  }
  return {};
}

bool can_be_said(const Sample& sample, Coding coding) {
  switch (coding) {
    case Coding::sized: return true;
    case Coding::chunked: return !sample.body.empty() && sample.version != "1.0";
    // CONNECT with a path is malformed there (RFC 9113 section 8.5).
    case Coding::http2:
      return sample.body.size() <= largest_http2_body && sample.version != "1.0" && sample.method != "CONNECT";
  }
  return false;
}

std::vector<std::string> framed(const Sample& sample, Coding coding, Cut cut, Random& random) {
  const std::string text = connection(sample, coding, cut, random);
  if (cut == Cut::whole) return {text};
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t most = cut == Cut::bytes ? 1 : random.pick(std::array<std::size_t, 4>{3, 40, 700, 9000});
    pieces.push_back(text.substr(at, random.between(1, most)));
    at += pieces.back().size();
  }
  return pieces;
}

}  // namespace ravelin::testing
