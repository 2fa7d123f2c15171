#include "waf_diff/sample.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

#include "modules/waf/body.h"
#include "modules/waf/plan/ascii.h"

namespace ravelin::waf_diff {
namespace {

constexpr std::size_t longest_uri = 8000;
constexpr std::size_t longest_value = 8000;
constexpr std::size_t longest_body = 100 * 1024;
constexpr std::size_t most_fields = 60;

// Fields that the gateway owns.
constexpr std::array<std::string_view, 11> connection_fields{
    "connection",       "keep-alive", "te",   "trailer",        "transfer-encoding", "upgrade",
    "proxy-connection", "expect",     "host", "content-length", "http2-settings"};

bool is_visible(char c) { return c > 0x20 && c < 0x7f; }

// Names with '_' and '.' are taken out by the gateway, see src/http/fields.cpp.
bool is_plain_token(std::string_view name) {
  return !name.empty() && name.size() < 100 && std::all_of(name.begin(), name.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("!#$%&'*+-^`|~").find(c) != std::string_view::npos;
  });
}

std::string field_value(std::string_view value) {
  std::string kept;
  for (const char c : value.substr(0, longest_value))
    if (c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)) kept += c;
  const std::size_t begin = kept.find_first_not_of(" \t");
  if (begin == std::string::npos) return {};
  return kept.substr(begin, kept.find_last_not_of(" \t") - begin + 1);
}

// An encoded '?' in the path is a blind spot that the WAF refuses before any rule.
std::string mended_uri(std::string_view uri) {
  std::string result = percent_encoded(uri, "#").substr(0, longest_uri);
  if (!result.starts_with('/')) result.insert(0, "/");
  for (std::size_t at = result.find("%3"); at < result.find('?') && at + 2 < result.size();
       at = result.find("%3", at + 1))
    if (waf::lower(result[at + 2]) == 'f') result[at + 2] = 'B';
  return result;
}

std::string host_of(std::string_view given) {
  std::string host;
  for (const char c : given)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '.' || c == ':') host += waf::lower(c);
  return host.empty() ? "localhost" : host;
}

std::vector<Field> mended_fields(const Sample& sample) {
  std::vector<Field> result{{"host", host_of(sample.field("host"))}};
  for (const Field& field : sample.fields) {
    std::string name = waf::lower_case(field.name);
    const bool is_owned =
        std::find(connection_fields.begin(), connection_fields.end(), name) != connection_fields.end();
    const bool is_second_type = name == "content-type" && std::any_of(result.begin(), result.end(), [](const Field& f) {
                                  return f.name == "content-type";
                                });
    if (is_owned || is_second_type || !is_plain_token(name) || result.size() >= most_fields) continue;
    result.push_back({std::move(name), field_value(field.value)});
  }
  return result;
}

bool may_have_body(std::string_view method) { return method == "POST" || method == "PUT" || method == "PATCH"; }

}  // namespace

std::string_view Sample::field(std::string_view lower_name) const {
  for (const Field& each : fields)
    if (waf::lower_case(each.name) == lower_name) return each.value;
  return {};
}

void Sample::set(std::string_view lower_name, std::string value) {
  for (Field& each : fields)
    if (waf::lower_case(each.name) == lower_name) return void(each.value = std::move(value));
  fields.push_back({std::string(lower_name), std::move(value)});
}

SampleView::SampleView(const Sample& sample) {
  lines_.reserve(sample.fields.size());
  for (const Field& field : sample.fields) lines_.push_back({field.name, field.value});
  request_ = {sample.method,        sample.uri,  sample.version, lines_, sample.body,
              waf::BodyFormat::raw, "192.0.2.7", 40000,          443};
  if (!sample.body.empty()) request_.format = waf::format_of(sample.field("content-type"));
}

Sample mended(Sample sample) {
  if (!is_plain_token(sample.method) || sample.method.size() > 24) sample.method = "GET";
  if (sample.version != "1.0" && sample.version != "2.0") sample.version = "1.1";
  sample.uri = mended_uri(sample.uri);
  sample.fields = mended_fields(sample);
  if (sample.body.size() > longest_body) sample.body.resize(longest_body);
  if (!sample.body.empty() || may_have_body(sample.method))
    sample.fields.push_back({"content-length", std::to_string(sample.body.size())});
  return sample;
}

bool has_too_many_arguments(const Sample& sample, std::size_t limit) {
  const SampleView view(sample);
  const std::string_view uri = sample.uri;
  const std::size_t query = std::min(uri.find('?'), uri.size() - 1) + 1;
  const std::string_view type = sample.field("content-type");
  if (waf::count_pairs(uri.substr(query)) + waf::count_arguments(view.request().format, sample.body, type) > limit)
    return true;
  std::size_t cookies = 0;
  for (const Field& field : sample.fields)
    if (field.name == "cookie") cookies += waf::count_cookies(field.value);
  return cookies > limit;
}

std::string percent_encoded(std::string_view text, std::string_view also) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string result;
  for (const char c : text) {
    if (is_visible(c) && also.find(c) == std::string_view::npos) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return result;
}

}  // namespace ravelin::waf_diff
