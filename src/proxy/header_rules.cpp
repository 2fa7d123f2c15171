#include "proxy/header_rules.h"

#include <algorithm>

#include "http/fields.h"

namespace ravelin::proxy {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

}  // namespace

HeaderRules::HeaderRules(const config::HeaderRules& general, const config::HeaderRules& own) {
  append(general);
  append(own);
}

void HeaderRules::append(const config::HeaderRules& rules) {
  for (const std::string& name : rules.remove) rules_.push_back({Change::remove, lower(name), TextTemplate({})});
  for (const auto& [name, value] : rules.set) rules_.push_back({Change::set, lower(name), TextTemplate(value)});
  for (const auto& [name, value] : rules.add) rules_.push_back({Change::add, lower(name), TextTemplate(value)});
}

// Of a variable that is empty the blank beside it would be left at an end.
std::string HeaderRules::value_of(const Rule& rule, const Exchange& exchange) {
  return std::string(http::trim(rule.value.expand(exchange)));
}

void HeaderRules::apply(HeaderList& fields, const Exchange& exchange) const {
  for (const Rule& rule : rules_) {
    switch (rule.change) {
      case Change::remove: fields.remove(rule.name); break;
      case Change::set: fields.set(rule.name, value_of(rule, exchange)); break;
      case Change::add: fields.add(rule.name, value_of(rule, exchange)); break;
    }
  }
}

void HeaderRules::change(RequestHead& head, const Exchange& exchange) const {
  if (rules_.empty()) return;
  HeaderList& changed = head.changed.emplace(head.arena);
  for (const Field& field : head.fields) changed.add_view(field.name, field.value, field.is_never_indexed);
  apply(changed, exchange);
  changed.set("x-request-id", exchange.id());
}

void HeaderRules::strip(HeaderList& trailers) const {
  for (const Rule& rule : rules_) trailers.remove(rule.name);
}

}  // namespace ravelin::proxy
