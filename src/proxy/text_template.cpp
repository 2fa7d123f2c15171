#include "proxy/text_template.h"

#include <algorithm>
#include <array>
#include <utility>

#include "routing/rewrite.h"

namespace ravelin::proxy {

TextTemplate::TextTemplate(std::string_view text) {
  while (!text.empty()) {
    const std::size_t start = text.find("${");
    if (start != 0) parts_.push_back({std::string(text.substr(0, start))});
    if (start == std::string_view::npos) return;
    const std::size_t end = text.find('}', start);
    add_variable(text.substr(start + 2, end - start - 2));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

void TextTemplate::add_variable(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, Variable>, 9> names{
      {{"client.ip", Variable::client_ip},
       {"peer.ip", Variable::peer_ip},
       {"request.id", Variable::request_id},
       {"scheme", Variable::scheme},
       {"host", Variable::host},
       {"path", Variable::path},
       {"query", Variable::query},
       {"route", Variable::route},
       {"tls.client.cn", Variable::tls_client_cn}}};
  const auto known = std::find_if(names.begin(), names.end(), [&](const auto& entry) { return entry.first == name; });
  if (known != names.end()) parts_.push_back({{}, true, known->second});
}

std::string TextTemplate::expand(const Exchange& exchange) const {
  std::string text;
  for (const Part& part : parts_) text += part.is_variable ? look_up(part.variable, exchange) : part.text;
  return text;
}

std::string TextTemplate::expand_url(const Exchange& exchange) const {
  std::string url;
  for (const Part& part : parts_) {
    const std::string text = part.is_variable ? look_up(part.variable, exchange) : part.text;
    const bool is_value = part.is_variable && part.variable != Variable::query && url.find('?') != std::string::npos;
    url += is_value ? routing::as_query_value(text) : text;
  }
  return url;
}

bool TextTemplate::has(Variable variable) const {
  return std::any_of(parts_.begin(), parts_.end(),
                     [&](const Part& part) { return part.is_variable && part.variable == variable; });
}

std::string TextTemplate::look_up(Variable variable, const Exchange& exchange) {
  switch (variable) {
    case Variable::client_ip: return exchange.peer().client.to_string();
    case Variable::peer_ip: return exchange.peer().socket_address().to_string();
    case Variable::request_id: return std::string(exchange.id());
    case Variable::scheme: return std::string(client_scheme(exchange.request()));
    case Variable::host: return std::string(exchange.request().host);
    case Variable::path: return std::string(path_of_url(exchange.request()));
    case Variable::query: return std::string(exchange.request().query);
    case Variable::route: return std::string(exchange.route);
    case Variable::tls_client_cn: return exchange.tls().client_cn;
  }
  return {};
}

}  // namespace ravelin::proxy
