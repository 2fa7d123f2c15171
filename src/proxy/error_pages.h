#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/exchange.h"

namespace ravelin::proxy {

/// ErrorPage is a configured page for refusals: ${status}, ${reason} and ${request.id} in it are replaced,
/// other text that looks like a variable (a script's) stays. Immutable.
class ErrorPage {
 public:
  ErrorPage(std::string_view text, std::string_view content_type);

  std::string_view content_type() const { return content_type_; }
  /// `reason` is the public part of a reason code.
  std::string render(const Exchange& exchange, int status, std::string_view reason) const;

 private:
  enum class Variable : std::uint8_t { none, status, reason, request_id };
  struct Part {
    std::string text;
    Variable variable = Variable::none;
  };

  std::vector<Part> parts_;
  std::string content_type_;
  bool is_markup_;
};

/// ErrorPages is an `error_pages` section, ready to use. Immutable.
class ErrorPages {
 public:
  /// `status` is as in the file: "404", or "5xx" for what has no page of its own.
  void add(std::string status, ErrorPage page) { pages_.insert_or_assign(std::move(status), std::move(page)); }
  /// Null if there is none for this status.
  const ErrorPage* find(int status) const;

 private:
  std::map<std::string, ErrorPage, std::less<>> pages_;
};

}  // namespace ravelin::proxy
