#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "ravelin/exchange.h"
#include "ravelin/message.h"

namespace ravelin::proxy {

/// HeaderRules is a `request_headers` or `response_headers` section, compiled: names lower-case,
/// values split at their variables. Immutable.
class HeaderRules {
 public:
  HeaderRules() = default;
  /// The rules for every route, then the route's own.
  HeaderRules(const config::HeaderRules& general, const config::HeaderRules& own);

  void apply(HeaderList& fields, const Exchange& exchange) const;
  /// Removes from `trailers` every field that a rule names.
  void strip(HeaderList& trailers) const;

 private:
  enum class Variable : std::uint8_t { none, client_ip, peer_ip, request_id, scheme, tls_client_cn, route };
  struct Part {
    std::string text;  // literal, or nothing
    Variable variable = Variable::none;
  };
  enum class Change : std::uint8_t { set, add, remove };
  struct Rule {
    Change change;
    std::string name;
    std::vector<Part> value;
  };

  static std::vector<Part> split(const std::string& value);
  static std::string expand(const std::vector<Part>& parts, const Exchange& exchange);
  static std::string look_up(Variable variable, const Exchange& exchange);
  void append(const config::HeaderRules& rules);

  std::vector<Rule> rules_;
};

}  // namespace ravelin::proxy
