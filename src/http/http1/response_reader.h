#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

#include "http/http1/head_scanner.h"
#include "http/limits.h"
#include "ravelin/message.h"
#include "ravelin/result.h"

namespace ravelin::http::http1 {

/// ResponseReader makes the ResponseHead of one response after the other, as RequestReader does.
class ResponseReader {
 public:
  explicit ResponseReader(const Limits& limits) : limits_(limits) {}

  /// Goes on reading in `text`, which begins with the status line and with all text given before;
  /// `method` is the request's, on which the framing depends. True when the head is whole. Errors
  /// are the upstream's.
  Result<bool> read(std::string_view text, std::string_view method);
  /// Length of the whole head.
  std::size_t size() const { return scanner_.size(); }
  /// Whether the origin lets the connection persist; known when the head is whole.
  bool may_persist() const { return may_persist_; }
  /// The protocol that a 101 switches to, as written, while the head lives; empty if it names none.
  std::string_view upgrade() const { return upgrade_; }
  /// Fields that Connection options named, in the head's arena; known when the head is whole.
  std::span<const std::string_view> named() const { return named_; }
  /// The whole head. The reader starts anew.
  std::unique_ptr<ResponseHead> take();

 private:
  Result<void> read_status_line(std::string_view line);
  Result<void> read_fields(std::string_view lines, std::string_view method);

  const Limits& limits_;
  HeadScanner scanner_;
  std::unique_ptr<ResponseHead> head_;
  std::size_t fields_start_ = 0;
  bool may_persist_ = false;
  std::string_view upgrade_;
  std::span<const std::string_view> named_;
};

}  // namespace ravelin::http::http1
