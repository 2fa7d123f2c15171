#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "http/http1/head_scanner.h"
#include "http/limits.h"
#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http::http1 {

/// BodyReader takes the framing off one body after the other: by length, chunked (RFC 9112 section
/// 7.1) or until the connection closes.
class BodyReader {
 public:
  /// What was found at the front of the input: a run of body bytes, the end, both or neither.
  struct Part {
    std::string_view data;  // within the input
    std::size_t taken = 0;  // bytes of the input done with, `data` included
    bool is_end = false;
  };

  explicit BodyReader(const Limits& limits) : limits_(limits) {}

  void start(BodyKind kind, std::uint64_t size);
  /// Reads on; call again with the rest until it is the end or the input is used up. Errors are the
  /// client's, 400.
  Result<Part> read(std::string_view input);
  /// The lines of the trailer section after the end, each with its CRLF.
  std::string_view trailers() const { return std::string_view(trailers_).substr(0, trailers_end_); }
  bool has_ended() const { return state_ == State::ended; }
  /// Whether closing the connection is how this body ends.
  bool ends_by_close() const { return state_ == State::until_close; }

 private:
  enum class State : std::uint8_t {
    ended,
    sized,
    until_close,
    size,       // the digits of a chunk's size
    extension,  // after them, up to CR
    size_lf,
    data,
    data_cr,
    data_lf,
    trailers
  };

  Part read_run(std::string_view input, std::size_t at);
  Result<void> take(char c);
  Result<void> take_size(char c);
  Result<void> take_extension(char c);
  Result<void> expect(char c, char expected, State next);
  Result<Part> read_trailers(std::string_view input, std::size_t at);

  const Limits& limits_;
  State state_ = State::ended;
  std::uint64_t left_ = 0;      // of the body or chunk
  unsigned digits_ = 0;         // of the chunk size so far
  std::size_t extensions_ = 0;  // bytes of chunk extensions in this body
  HeadScanner scanner_;
  std::string trailers_;
  std::size_t trailers_end_ = 0;
};

}  // namespace ravelin::http::http1
