#include "proxy/encode_accept.h"

#include <algorithm>
#include <string_view>

#include "http/fields.h"

namespace ravelin::proxy {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// RFC 9110 section 12.4.2: 0, 1, and up to three digits behind the point. None: malformed.
std::optional<int> read_weight(std::string_view text) {
  if (text.empty() || text.size() > 5 || (text[0] != '0' && text[0] != '1')) return std::nullopt;
  if (text.size() > 1 && text[1] != '.') return std::nullopt;
  int thousandths = text[0] == '1' ? 1000 : 0;
  int unit = 100;
  for (const char c : text.substr(std::min<std::size_t>(text.size(), 2))) {
    if (!is_digit(c)) return std::nullopt;
    thousandths += (c - '0') * unit;
    unit /= 10;
  }
  return thousandths <= 1000 ? std::optional(thousandths) : std::nullopt;
}

}  // namespace

std::optional<int> read_weight_parameter(std::string_view text) {
  text = http::trim(text);
  if (text.empty()) return 1000;
  if (text.size() < 3 || text.front() != ';') return std::nullopt;
  text = http::trim(text.substr(1));
  if (text.size() < 3 || (text[0] != 'q' && text[0] != 'Q') || text[1] != '=') return std::nullopt;
  return read_weight(text.substr(2));
}

AcceptEncoding::AcceptEncoding(const HeaderList& fields) {
  for (const Field& field : fields) {
    if (field.name != "accept-encoding") continue;
    http::ListItems items(field.value);
    while (const auto item = items.next()) read(*item);
  }
}

void AcceptEncoding::read(std::string_view item) {
  const std::size_t end = std::min(item.find(';'), item.size());
  const std::string_view name = http::trim(item.substr(0, end));
  const Weight weight = read_weight_parameter(item.substr(end)).value_or(0);
  const auto is = [&](std::string_view word) { return http::equals_ignoring_case(name, word); };
  if (is("*")) any_other_ = weight;
  if (is("identity")) identity_ = weight;
  if (is("gzip") || is("x-gzip")) weights_[static_cast<std::size_t>(Coding::gzip)] = weight;  // section 8.4.1.3
  if (is("br")) weights_[static_cast<std::size_t>(Coding::br)] = weight;
  if (is("zstd")) weights_[static_cast<std::size_t>(Coding::zstd)] = weight;
}

AcceptEncoding::Weight AcceptEncoding::weight_of(Coding coding) const {
  const Weight weight = weights_[static_cast<std::size_t>(coding)];
  return weight == unnamed ? any_other_ : weight;
}

std::optional<Coding> AcceptEncoding::choose(std::span<const Coding> offered) const {
  std::optional<Coding> chosen;
  Weight best = 0;
  for (const Coding coding : offered) {
    if (weight_of(coding) <= best) continue;
    best = weight_of(coding);
    chosen = coding;
  }
  return identity_ > best ? std::nullopt : chosen;
}

}  // namespace ravelin::proxy
