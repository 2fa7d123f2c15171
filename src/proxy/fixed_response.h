#pragma once

#include <string>
#include <string_view>

#include "config/config.h"
#include "proxy/header_rules.h"
#include "proxy/reply.h"
#include "ravelin/exchange.h"

namespace ravelin::proxy {

/// FixedResponse is a route's `respond`: the same answer to every request, HEAD and conditional requests
/// (If-None-Match, RFC 9110 section 13.1.2) included. Immutable; replies view its content, which lives as
/// long as the Generation.
class FixedResponse {
 public:
  /// `content` is that of the body or of the file.
  FixedResponse(const config::Respond& section, std::string content);

  Reply reply_to(const Exchange& exchange) const;

 private:
  bool is_known_to(const RequestHead& request) const;

  int status_;
  std::string content_;
  std::string content_type_;  // empty: none
  std::string etag_;          // of 200 with content; else empty
  HeaderRules headers_;
};

/// The media type that the end of a file's name stands for; application/octet-stream if it is not known.
std::string_view media_type_of(std::string_view file_name);

}  // namespace ravelin::proxy
