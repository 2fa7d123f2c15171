#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "http/framing_rules.h"
#include "http/http2/section_size.h"
#include "http/limits.h"
#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http::http2 {

/// ResponseReader makes the ResponseHead of one header block after the other, as RequestReader does.
/// nghttp2 has checked what it checks of requests, and that 1xx and 204 have no length. Errors are the
/// upstream's.
class ResponseReader {
 public:
  /// `limits` must outlive the reader.
  explicit ResponseReader(const Limits& limits) : limits_(limits), size_(limits) {}

  /// `method` is the request's, on which the framing depends; static.
  void begin(std::string_view method);
  /// Takes the next field. After an error the block is of no use.
  Result<void> add(const DecodedText& name, const DecodedText& value);
  /// Ends the block. `is_end`: no body follows.
  Result<void> finish(bool is_end);

  bool is_oversized() const { return size_.is_too_large(); }
  /// The decoded size of the block.
  std::size_t bytes() const { return size_.bytes(); }
  /// The whole head. Ends this block's use of the reader.
  std::unique_ptr<ResponseHead> take() { return std::move(head_); }

 private:
  Result<void> set_status(std::string_view value);
  void set_body(bool is_end);

  const Limits& limits_;
  SectionSize size_;
  std::unique_ptr<ResponseHead> head_;
  std::string_view method_;
  FramingFields framing_;
};

}  // namespace ravelin::http::http2
