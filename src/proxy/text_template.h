#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ravelin/exchange.h"

namespace ravelin::proxy {

/// Variable is what "${NAME}" stands for in a value of the configuration.
enum class Variable : std::uint8_t { client_ip, peer_ip, request_id, scheme, host, path, query, route, tls_client_cn };

/// TextTemplate is text of the configuration, split at its variables. The reader has checked that every
/// variable is a known one. Immutable.
class TextTemplate {
 public:
  explicit TextTemplate(std::string_view text);

  /// The text for this request. `host`, `path` and `query` are what the client asked for.
  std::string expand(const Exchange& exchange) const;
  /// The same as a URL: behind its first '?' a path or host stands for one value.
  std::string expand_url(const Exchange& exchange) const;
  bool has(Variable variable) const;

 private:
  struct Part {
    std::string text;
    bool is_variable = false;
    Variable variable = Variable::client_ip;  // if it is one
  };

  void add_variable(std::string_view name);
  static std::string look_up(Variable variable, const Exchange& exchange);

  std::vector<Part> parts_;
};

/// What stands between `scheme` and the canonical path when a URL is made of a request: "*", of OPTIONS, is
/// no path of a URL.
inline std::string_view path_of_url(const RequestHead& request) { return request.path == "*" ? "/" : request.path; }

/// How the client came, as the gateway tells the origin: to us, or to the trusted proxy that says so.
inline std::string_view client_scheme(const RequestHead& request) {
  return request.fields.find("x-forwarded-proto").value_or(request.scheme);
}

}  // namespace ravelin::proxy
