#include "http/http1/body_reader.h"

#include <algorithm>
#include <limits>

#include "http/chars.h"

namespace ravelin::http::http1 {

namespace {

Error bad(std::string_view code, std::string_view message, int status = 400) {
  return Error{code, std::string(message), Side::client, status};
}

Error bad_chunk() { return bad("http:bad_chunk", "a chunk of the body is not as long as it says or lacks CR LF"); }

}  // namespace

void BodyReader::start(BodyKind kind, std::uint64_t size) {
  left_ = size;
  digits_ = 0;
  extensions_ = 0;
  scanner_.restart();
  trailers_.clear();
  trailers_end_ = 0;
  switch (kind) {
    case BodyKind::none: state_ = State::ended; break;
    case BodyKind::sized: state_ = size == 0 ? State::ended : State::sized; break;
    case BodyKind::until_close: state_ = State::until_close; break;
    case BodyKind::streamed:
      state_ = State::size;
      left_ = 0;
      break;
  }
}

Result<BodyReader::Part> BodyReader::read(std::string_view input) {
  std::size_t at = 0;
  while (at < input.size()) {
    switch (state_) {
      case State::ended: return Part{{}, at, true};
      case State::until_close: return Part{input.substr(at), input.size(), false};
      case State::sized:
      case State::data: return read_run(input, at);
      case State::trailers: return read_trailers(input, at);
      default:
        if (auto taken = take(input[at++]); !taken) return std::move(taken).error();
    }
  }
  return Part{{}, at, state_ == State::ended};
}

BodyReader::Part BodyReader::read_run(std::string_view input, std::size_t at) {
  const std::size_t size = std::min<std::uint64_t>(left_, input.size() - at);
  left_ -= size;
  if (left_ == 0) state_ = state_ == State::sized ? State::ended : State::data_cr;
  return Part{input.substr(at, size), at + size, state_ == State::ended};
}

Result<void> BodyReader::take(char c) {
  switch (state_) {
    case State::size: return take_size(c);
    case State::extension: return take_extension(c);
    case State::size_lf: return expect(c, '\n', left_ == 0 ? State::trailers : State::data);
    case State::data_cr: return expect(c, '\r', State::data_lf);
    default: digits_ = 0; return expect(c, '\n', State::size);
  }
}

// At most 16 digits and below 2^63; nothing but ';' or CR behind them, no blanks.
Result<void> BodyReader::take_size(char c) {
  const int value = chars::hex_value(c);
  if (value >= 0 && digits_ < 16) {
    left_ = (digits_ == 0 ? 0 : left_ << 4) | static_cast<unsigned>(value);
    ++digits_;
    return {};
  }
  const bool is_too_large = left_ > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value >= 0 || digits_ == 0 || is_too_large || (c != ';' && c != '\r'))
    return bad("http:bad_chunk_size", "a chunk size is not 1 to 16 hexadecimal digits below 2^63");
  state_ = c == '\r' ? State::size_lf : State::extension;
  return {};
}

// Extensions have no meaning to us and are dropped (RFC 9112 section 7.1.1), but they cost the peer:
// all those of one body together are bounded like a head.
Result<void> BodyReader::take_extension(char c) {
  if (c == '\r') {
    state_ = State::size_lf;
    return {};
  }
  if (!chars::is_visible(static_cast<unsigned char>(c)) && !chars::is_blank(c))
    return bad("http:bad_chunk_extension", "a chunk extension has a character that is not allowed");
  if (++extensions_ > limits_.head) return bad("http:chunk_extensions_too_large", "the chunk extensions are too large");
  return {};
}

Result<void> BodyReader::expect(char c, char expected, State next) {
  if (c != expected) return bad_chunk();
  state_ = next;
  return {};
}

Result<BodyReader::Part> BodyReader::read_trailers(std::string_view input, std::size_t at) {
  const std::size_t held = trailers_.size();
  trailers_.append(input.substr(at, limits_.head - held));
  while (true) {
    switch (scanner_.scan(trailers_, limits_.head)) {
      case HeadScanner::Outcome::incomplete: return Part{{}, input.size(), false};
      case HeadScanner::Outcome::first_line: break;
      case HeadScanner::Outcome::whole:
        state_ = State::ended;
        trailers_end_ = scanner_.size() - 2;
        return Part{{}, at + scanner_.size() - held, true};
      case HeadScanner::Outcome::bad_line_end:
        return bad("http:bad_line_end", "a trailer line does not end with CR LF");
      case HeadScanner::Outcome::too_large:
        return bad("http:trailers_too_large", "the trailer section is larger than allowed", 431);
    }
  }
}

}  // namespace ravelin::http::http1
