#include "proxy/header_rules.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

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
  for (const std::string& name : rules.remove) rules_.push_back({Change::remove, lower(name), {}});
  for (const auto& [name, value] : rules.set) rules_.push_back({Change::set, lower(name), split(value)});
  for (const auto& [name, value] : rules.add) rules_.push_back({Change::add, lower(name), split(value)});
}

void HeaderRules::apply(HeaderList& fields, const Exchange& exchange) const {
  for (const Rule& rule : rules_) {
    switch (rule.change) {
      case Change::remove: fields.remove(rule.name); break;
      case Change::set: fields.set(rule.name, expand(rule.value, exchange)); break;
      case Change::add: fields.add(rule.name, expand(rule.value, exchange)); break;
    }
  }
}

void HeaderRules::strip(HeaderList& trailers) const {
  for (const Rule& rule : rules_) trailers.remove(rule.name);
}

// The reader has checked that every variable is a known one.
std::vector<HeaderRules::Part> HeaderRules::split(const std::string& value) {
  static constexpr std::array<std::pair<std::string_view, Variable>, 6> names{
      {{"client.ip", Variable::client_ip},
       {"peer.ip", Variable::peer_ip},
       {"request.id", Variable::request_id},
       {"scheme", Variable::scheme},
       {"tls.client.cn", Variable::tls_client_cn},
       {"route", Variable::route}}};
  std::vector<Part> parts;
  std::string_view rest = value;
  while (!rest.empty()) {
    const std::size_t start = rest.find("${");
    if (start != 0) parts.push_back({std::string(rest.substr(0, start)), Variable::none});
    if (start == std::string_view::npos) break;
    const std::size_t end = rest.find('}', start);
    const std::string_view name = rest.substr(start + 2, end - start - 2);
    const auto known = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == name; });
    if (known != names.end()) parts.push_back({{}, known->second});
    if (end == std::string_view::npos) break;
    rest.remove_prefix(end + 1);
  }
  return parts;
}

std::string HeaderRules::expand(const std::vector<Part>& parts, const Exchange& exchange) {
  std::string value;
  for (const Part& part : parts)
    value += part.variable == Variable::none ? part.text : look_up(part.variable, exchange);
  return value;
}

std::string HeaderRules::look_up(Variable variable, const Exchange& exchange) {
  switch (variable) {
    case Variable::none: return {};
    case Variable::client_ip: return exchange.peer().client.to_string();
    case Variable::peer_ip: return exchange.peer().address.address.to_string();
    case Variable::request_id: return std::string(exchange.id());
    case Variable::scheme: return std::string(exchange.request().scheme);
    case Variable::tls_client_cn: return exchange.tls().client_cn;
    case Variable::route: return std::string(exchange.route);
  }
  return {};
}

}  // namespace ravelin::proxy
