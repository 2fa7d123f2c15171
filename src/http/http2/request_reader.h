#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>

#include "http/framing_rules.h"
#include "http/http2/section_size.h"
#include "http/limits.h"
#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http::http2 {

/// RequestReader makes a RequestHead of the fields of one header block. RequestRules has checked the bytes
/// of each field, the pseudo fields' number and order, and connection-specific fields before it sees them.
/// One is enough for a connection: blocks do not interleave.
class RequestReader {
 public:
  /// How a block ended. `refused`: well-formed but not let in, to be answered with error().
  /// `malformed`: to be reset with PROTOCOL_ERROR (RFC 9113 section 8.1.1).
  enum class Outcome : std::uint8_t { good, refused, malformed };

  /// Both must outlive the reader; `scheme` is the connection's.
  RequestReader(const Limits& limits, std::string_view scheme) : limits_(limits), scheme_(scheme), size_(limits) {}

  void begin();
  /// Takes the next field. After a limit is passed nothing more is stored. False: a bomb, stop here.
  bool add(const DecodedText& name, const DecodedText& value);
  /// A name had '_' or '.'.
  void note_odd_names() { has_odd_names_ = true; }
  /// Ends the block. `is_end`: the request has no body.
  Outcome finish(bool is_end);

  /// Why it was refused; only then.
  const Error& error() const { return *error_; }
  bool is_oversized() const { return size_.is_too_large(); }
  /// The decoded size of the block.
  std::size_t bytes() const { return size_.bytes(); }
  /// What was read. After a refusal it has no fields. Ends this block's use of the reader.
  std::unique_ptr<RequestHead> take() { return std::move(head_); }

 private:
  void add_pseudo(std::string_view name, std::string_view value);
  void set_protocol(std::string_view value);
  void finish_connect(bool is_end);
  void add_field(const DecodedText& name, const DecodedText& value);
  void add_expect(std::string_view value);
  void add_owned(std::string_view name, std::string_view value);
  void add_host(std::string_view value);
  void join_cookies();
  void set_body(bool is_end);
  void refuse(Error error);
  void check(Result<void> result) {
    if (!result) refuse(std::move(result).error());
  }

  const Limits& limits_;
  std::string_view scheme_;
  SectionSize size_;
  std::unique_ptr<RequestHead> head_;
  std::optional<Error> error_;
  FramingFields framing_;
  std::size_t cookies_ = 0;
  bool is_asterisk_ = false;
  bool is_connect_ = false;
  bool has_odd_names_ = false;
  bool is_malformed_ = false;
};

}  // namespace ravelin::http::http2
