#pragma once

#include <string>
#include <vector>

#include "config/config.h"
#include "proxy/text_template.h"
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
  /// Sets the fields that the origin gets, where there are rules. What the client sent stays, for records and modules.
  void change(RequestHead& head, const Exchange& exchange) const;
  /// Removes from `trailers` every field that a rule names.
  void strip(HeaderList& trailers) const;

 private:
  enum class Change : std::uint8_t { set, add, remove };
  struct Rule {
    Change change;
    std::string name;
    TextTemplate value;
  };

  void append(const config::HeaderRules& rules);
  static std::string value_of(const Rule& rule, const Exchange& exchange);

  std::vector<Rule> rules_;
};

}  // namespace ravelin::proxy
