#include "proxy/error_pages.h"

#include <algorithm>
#include <array>
#include <utility>

namespace ravelin::proxy {
namespace {

void append_escaped(std::string& to, std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&': to += "&amp;"; break;
      case '<': to += "&lt;"; break;
      case '>': to += "&gt;"; break;
      case '"': to += "&quot;"; break;
      case '\'': to += "&#39;"; break;
      default: to += c;
    }
  }
}

bool is_markup(std::string_view type) { return type.find("html") != type.npos || type.find("xml") != type.npos; }

}  // namespace

ErrorPage::ErrorPage(std::string_view text, std::string_view content_type)
    : content_type_(content_type), is_markup_(is_markup(content_type)) {
  static constexpr std::array<std::pair<std::string_view, Variable>, 3> names{
      {{"${status}", Variable::status}, {"${reason}", Variable::reason}, {"${request.id}", Variable::request_id}}};
  std::size_t start = 0;  // of what is in no part yet
  for (std::size_t at = text.find("${"); at != std::string_view::npos; at = text.find("${", at)) {
    const auto named = std::find_if(names.begin(), names.end(),
                                    [&](const auto& name) { return text.substr(at).starts_with(name.first); });
    if (named == names.end()) {
      ++at;
      continue;
    }
    parts_.push_back({std::string(text.substr(start, at - start))});
    parts_.push_back({{}, named->second});
    at += named->first.size();
    start = at;
  }
  parts_.push_back({std::string(text.substr(start))});
}

std::string ErrorPage::render(const Exchange& exchange, int status, std::string_view reason) const {
  std::string body;
  const auto append = [&](std::string_view value) { is_markup_ ? append_escaped(body, value) : void(body += value); };
  for (const Part& part : parts_) {
    switch (part.variable) {
      case Variable::none: body += part.text; break;
      case Variable::status: body += std::to_string(status); break;
      case Variable::reason: append(reason); break;
      case Variable::request_id: append(exchange.id()); break;
    }
  }
  return body;
}

const ErrorPage* ErrorPages::find(int status) const {
  if (pages_.empty()) return nullptr;
  const std::string exact = std::to_string(status);
  auto found = pages_.find(exact);
  if (found == pages_.end()) found = pages_.find(exact.substr(0, 1) + "xx");
  return found == pages_.end() ? nullptr : &found->second;
}

}  // namespace ravelin::proxy
