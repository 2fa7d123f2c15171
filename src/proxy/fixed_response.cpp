#include "proxy/fixed_response.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "base/siphash.h"
#include "http/fields.h"

namespace ravelin::proxy {
namespace {

// A strong validator: the same for the same bytes, in every process and after every load.
std::string etag_of(std::string_view content) {
  const SipHash::Wide hash = SipHash(0, 0).wide(content);
  char text[40];
  const int size = std::snprintf(text, sizeof text, "\"%016llx%016llx\"", static_cast<unsigned long long>(hash.first),
                                 static_cast<unsigned long long>(hash.second));
  return {text, static_cast<std::size_t>(size)};
}

config::HeaderRules as_rules(const config::Respond& section) {
  config::HeaderRules rules;
  rules.set = section.headers;
  return rules;
}

std::string content_type_of(const config::Respond& section) {
  if (!section.content_type.empty()) return section.content_type;
  if (!section.file.is_empty()) return std::string(media_type_of(section.file.path));
  return section.body.empty() ? "" : "text/plain; charset=utf-8";
}

}  // namespace

FixedResponse::FixedResponse(const config::Respond& section, std::string content)
    : status_(section.status),
      content_(std::move(content)),
      content_type_(content_type_of(section)),
      etag_(status_ == 200 && !content_.empty() ? etag_of(content_) : ""),
      headers_({}, as_rules(section)) {}

Reply FixedResponse::reply_to(const Exchange& exchange) const {
  const RequestHead& request = exchange.request();
  Reply reply;
  reply.head = std::make_unique<ResponseHead>();
  ResponseHead& head = *reply.head;
  const bool is_not_modified = is_known_to(request);
  head.status = is_not_modified ? 304 : status_;
  head.body = is_not_modified || status_ == 204 || status_ == 304 ? BodyKind::none : BodyKind::sized;
  if (!is_not_modified) head.body_size = content_.size();
  if (!is_not_modified && !content_type_.empty()) head.fields.add("content-type", content_type_);
  if (!etag_.empty()) head.fields.add("etag", etag_);
  headers_.apply(head.fields, exchange);
  if (!is_not_modified && request.method != "HEAD") reply.kept = content_;
  return reply;
}

// RFC 9110 section 13.1.2: weak comparison, for GET and HEAD.
bool FixedResponse::is_known_to(const RequestHead& request) const {
  if (etag_.empty() || (request.method != "GET" && request.method != "HEAD")) return false;
  for (const Field& field : request.fields) {
    if (field.name != "if-none-match") continue;
    http::ListItems items(field.value);  // our own tags have neither commas nor quotes in them
    while (auto item = items.next()) {
      if (item->starts_with("W/")) item->remove_prefix(2);
      if (*item == "*" || *item == etag_) return true;
    }
  }
  return false;
}

std::string_view media_type_of(std::string_view file_name) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 22> types{{
      {".html", "text/html; charset=utf-8"},
      {".htm", "text/html; charset=utf-8"},
      {".txt", "text/plain; charset=utf-8"},
      {".css", "text/css; charset=utf-8"},
      {".js", "text/javascript; charset=utf-8"},
      {".mjs", "text/javascript; charset=utf-8"},
      {".csv", "text/csv; charset=utf-8"},
      {".json", "application/json"},
      {".webmanifest", "application/manifest+json"},
      {".xml", "application/xml"},
      {".pdf", "application/pdf"},
      {".wasm", "application/wasm"},
      {".svg", "image/svg+xml"},
      {".png", "image/png"},
      {".jpg", "image/jpeg"},
      {".jpeg", "image/jpeg"},
      {".gif", "image/gif"},
      {".webp", "image/webp"},
      {".avif", "image/avif"},
      {".ico", "image/x-icon"},
      {".woff", "font/woff"},
      {".woff2", "font/woff2"},
  }};
  const auto known = std::find_if(types.begin(), types.end(), [&](const auto& type) {
    const std::size_t size = type.first.size();
    return file_name.size() > size && http::equals_ignoring_case(file_name.substr(file_name.size() - size), type.first);
  });
  return known == types.end() ? "application/octet-stream" : known->second;
}

}  // namespace ravelin::proxy
