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

/// RequestReader makes the RequestHead of one request after the other. What it finds wrong does not
/// depend on the pieces that the text came in: lines are judged in order.
class RequestReader {
 public:
  /// `scheme` must have static storage.
  RequestReader(const Limits& limits, std::string_view scheme) : limits_(limits), scheme_(scheme) {}

  /// Goes on reading in `text`, which begins with the request line and with all text given before.
  /// True when the head is whole; false when more is needed. Errors are the client's, with a status.
  Result<bool> read(std::string_view text);
  /// Length of the whole head.
  std::size_t size() const { return scanner_.size(); }
  /// Whether the client lets the connection persist; known when the head is whole.
  bool may_persist() const { return may_persist_; }
  /// Fields that Connection options named, in the head's arena; known when the head is whole.
  std::span<const std::string_view> named() const { return named_; }
  /// The head, or after an error what is known of it, without fields. The reader starts anew.
  std::unique_ptr<RequestHead> take();

 private:
  RequestHead& head();
  Result<void> read_request_line(std::string_view line);
  Result<void> read_version(std::string_view text);
  Result<void> read_fields(std::string_view lines);
  Result<void> read_host(std::size_t hosts, std::string_view host);
  void set_protocol(std::string_view upgrade);
  Error too_large() const;

  const Limits& limits_;
  std::string_view scheme_;
  HeadScanner scanner_;
  std::unique_ptr<RequestHead> head_;
  std::size_t fields_start_ = 0;
  bool may_persist_ = false;
  std::span<const std::string_view> named_;
};

}  // namespace ravelin::http::http1
