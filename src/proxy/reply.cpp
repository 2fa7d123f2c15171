#include "proxy/reply.h"

#include <algorithm>
#include <array>
#include <utility>

#include "http/fields.h"
#include "proxy/encode_accept.h"

namespace ravelin::proxy {
namespace {

// The weight that a media range has, given its parameters, in thousandths (RFC 9110 section 12.5.1).
int weight_in(std::string_view parameters) {
  const std::size_t q = std::min(parameters.find(";q="), parameters.find("; q="));
  if (q == std::string_view::npos) return 1000;
  const std::string_view weight = parameters.substr(q);
  return read_weight_parameter(weight.substr(0, weight.find(';', 1))).value_or(0);
}

// The greatest weight that the Accept fields give to a media type; -1 if they do not name it.
int weight_of(const HeaderList& fields, std::string_view type) {
  int weight = -1;
  for (const Field& field : fields) {
    if (field.name != "accept") continue;
    http::ListItems items(field.value);
    while (const auto item = items.next()) {
      const std::size_t end = std::min(item->find(';'), item->size());
      if (http::equals_ignoring_case(http::trim(item->substr(0, end)), type))
        weight = std::max(weight, weight_in(item->substr(end)));
    }
  }
  return weight;
}

bool prefers_json(const RequestHead& request) {
  const HeaderList& fields = request.fields;
  const int json = std::max(weight_of(fields, "application/json"), weight_of(fields, "application/problem+json"));
  return json > 0 && json > weight_of(fields, "text/html");
}

std::string problem_json(int status, std::string_view reason, std::string_view id) {
  return "{\"type\":\"about:blank\",\"title\":\"" + std::string(status_phrase(status)) +
         "\",\"status\":" + std::to_string(status) + ",\"reason\":\"" + std::string(reason) + "\",\"request_id\":\"" +
         std::string(id) + "\"}\n";
}

std::string small_html(int status, std::string_view reason, std::string_view id) {
  const std::string title = std::to_string(status) + " " + std::string(status_phrase(status));
  return "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" + title +
         "</title></head>\n<body><h1>" + title + "</h1>\n<p>Reason: " + std::string(reason) +
         "</p>\n<p>Request: " + std::string(id) + "</p></body></html>\n";
}

}  // namespace

// A value that a module made of what it was sent, and that is none, would end the field.
void set_fields(HeaderList& fields, const Rejection& of_module) {
  for (const auto& [name, value] : of_module.headers)
    if (http::is_field_value(value)) fields.set(name, value);
}

Reply make_reply(const Exchange& exchange, const Rejection& rejection, const ErrorPage* page) {
  Reply reply;
  reply.head = std::make_unique<ResponseHead>();
  ResponseHead& head = *reply.head;
  const std::string_view reason = public_reason(rejection.reason);
  std::string_view content_type = "text/html; charset=utf-8";
  if (prefers_json(exchange.request())) {
    reply.body = problem_json(rejection.status, reason, exchange.id());
    content_type = "application/problem+json";
  } else if (page != nullptr) {
    reply.body = page->render(exchange, rejection.status, reason);
    content_type = page->content_type();
  } else {
    reply.body = small_html(rejection.status, reason, exchange.id());
  }
  head.status = rejection.status;
  head.body = BodyKind::sized;
  head.body_size = reply.body.size();
  head.fields.add("content-type", content_type);
  head.fields.add_view("cache-control", "no-store");
  if (rejection.retry_after_seconds > 0) head.fields.add("retry-after", std::to_string(rejection.retry_after_seconds));
  set_fields(head.fields, rejection);
  if (exchange.request().method == "HEAD") reply.body.clear();
  return reply;
}

Reply make_answer(const Rejection& answer) {
  Reply reply;
  reply.head = std::make_unique<ResponseHead>();
  reply.head->status = answer.status;
  set_fields(reply.head->fields, answer);
  return reply;
}

Rejection make_rejection(const Error& error) {
  Rejection rejection;
  rejection.status = error.status != 0 ? error.status : 502;
  rejection.reason = error.code;
  rejection.detail = error.message;
  if (rejection.status == 503) rejection.retry_after_seconds = 1;
  if (rejection.status == 405) rejection.headers.emplace_back("allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
  return rejection;
}

std::string_view to_ended_by(Side side) {
  switch (side) {
    case Side::client: return "client";
    case Side::upstream: return "upstream";
    case Side::local: return "gateway";
  }
  return "gateway";
}

std::string_view public_reason(std::string_view reason) { return reason.substr(0, reason.find(':')); }

std::string_view status_phrase(int status) {
  static constexpr std::array<std::pair<int, std::string_view>, 17> phrases{{{400, "Bad Request"},
                                                                             {403, "Forbidden"},
                                                                             {404, "Not Found"},
                                                                             {408, "Request Timeout"},
                                                                             {413, "Content Too Large"},
                                                                             {414, "URI Too Long"},
                                                                             {417, "Expectation Failed"},
                                                                             {421, "Misdirected Request"},
                                                                             {429, "Too Many Requests"},
                                                                             {431, "Request Header Fields Too Large"},
                                                                             {500, "Internal Server Error"},
                                                                             {501, "Not Implemented"},
                                                                             {502, "Bad Gateway"},
                                                                             {503, "Service Unavailable"},
                                                                             {504, "Gateway Timeout"},
                                                                             {505, "HTTP Version Not Supported"},
                                                                             {508, "Loop Detected"}}};
  const auto known = std::find_if(phrases.begin(), phrases.end(), [&](const auto& p) { return p.first == status; });
  return known == phrases.end() ? "Error" : known->second;
}

}  // namespace ravelin::proxy
