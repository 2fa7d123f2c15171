#include "proxy/grpc.h"

#include <memory>
#include <string>

#include "http/fields.h"

namespace ravelin::proxy {

// Whatever else says it is, its client would take 200 for an answer.
bool is_grpc(const RequestHead& request) {
  if (request.version != Version::http2 || request.method != "POST") return false;
  constexpr std::string_view type = "application/grpc";
  const std::string_view given = request.fields.find("content-type").value_or("");
  if (given.size() < type.size() || !http::equals_ignoring_case(given.substr(0, type.size()), type)) return false;
  const std::string_view rest = given.substr(type.size());
  return rest.empty() || rest.front() == '+' || rest.front() == ';' || rest.front() == ' ';  // not grpc-web
}

int grpc_status(int status) {
  switch (status) {
    case 400: return 13;  // INTERNAL
    case 401: return 16;  // UNAUTHENTICATED
    case 403: return 7;   // PERMISSION_DENIED
    case 404: return 12;  // UNIMPLEMENTED
    case 413:
    case 431: return 8;  // RESOURCE_EXHAUSTED
    case 429:
    case 502:
    case 503:
    case 504: return 14;  // UNAVAILABLE
    default: return 2;    // UNKNOWN
  }
}

Reply make_grpc_reply(const Exchange& exchange, const Rejection& rejection) {
  Reply reply;
  reply.head = std::make_unique<ResponseHead>();
  HeaderList& fields = reply.head->fields;
  reply.head->status = 200;
  fields.add_view("content-type", "application/grpc");
  fields.add_view("cache-control", "no-store");
  fields.add("grpc-status", std::to_string(grpc_status(rejection.status)));
  // Percent-encoded by gRPC's rules; what stands here needs none.
  fields.add("grpc-message", std::string(status_phrase(rejection.status)) + ", reason " +
                                 std::string(public_reason(rejection.reason)) + ", request " +
                                 std::string(exchange.id()));
  set_fields(fields, rejection);
  return reply;
}

}  // namespace ravelin::proxy
