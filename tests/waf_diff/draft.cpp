#include "waf_diff/draft.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "modules/waf/plan/ascii.h"
#include "waf_diff/encodings.h"

namespace ravelin::waf_diff {
namespace {

using waf::plan::Target;
using waf::plan::Variable;

constexpr std::string_view boundary = "waf-diff-edge";
constexpr std::string_view form_type = "application/x-www-form-urlencoded";

// A member that the target picks; a pattern's own letters may do.
std::string name_for(const Target& target, std::string_view otherwise) {
  if (target.kind == Target::Key::none) return std::string(otherwise);
  if (target.kind == Target::Key::name) return target.key;
  std::string name;
  for (const char c : target.key)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-') name += c;
  return name.empty() ? std::string(otherwise) : name;
}

std::string pairs(const std::vector<std::pair<std::string, std::string>>& list) {
  std::string text;
  for (const auto& [name, value] : list)
    text += (text.empty() ? "" : "&") + form_encoded(name) + "=" + form_encoded(value);
  return text;
}

std::string json(const std::vector<std::pair<std::string, std::string>>& list) {
  std::string text;
  for (const auto& [name, value] : list)
    text += (text.empty() ? "\"" : ",\"") + json_escaped(name) + "\":\"" + json_escaped(value) + "\"";
  return "{" + text + "}";
}

std::string part(const std::string& disposition, const std::string& field, const std::string& content) {
  return "--" + std::string(boundary) + "\r\nContent-Disposition: form-data; " + disposition + "\r\n" +
         (field.empty() ? "" : field + "\r\n") + "\r\n" + content + "\r\n";
}

}  // namespace

void Draft::put_argument(bool may_be_query, bool may_be_body, std::pair<std::string, std::string> pair,
                         Random& random) {
  const bool is_query = may_be_query && (!may_be_body || random.one_in(2));
  (is_query ? query_ : form_).push_back(std::move(pair));
}

void Draft::put_field(const Target& target, std::string_view text, Random& random) {
  constexpr std::array<std::string_view, 5> names{"x-note", "user-agent", "referer", "accept", "content-type"};
  fields_.emplace_back(waf::lower_case(name_for(target, random.pick(names))), text);
}

void Draft::put(const Target& target, std::string_view text, Random& random) {
  const std::string value(text);
  const std::string name = name_for(target, random.one_in(2) ? "id" : "note");
  switch (target.variable) {
    case Variable::args: return put_argument(true, true, {name, value}, random);
    case Variable::args_get: return put_argument(true, false, {name, value}, random);
    case Variable::args_post: return put_argument(false, true, {name, value}, random);
    case Variable::args_names: return put_argument(true, true, {value, "1"}, random);
    case Variable::args_get_names: return put_argument(true, false, {value, "1"}, random);
    case Variable::args_post_names: return put_argument(false, true, {value, "1"}, random);
    case Variable::args_combined_size:
      return put_argument(true, true, {"id", std::string(text.size() * 40, 'x')}, random);
    case Variable::request_cookies: return void(cookies_.emplace_back(name, value));
    case Variable::request_cookies_names: return void(cookies_.emplace_back(value, "1"));
    case Variable::request_headers: return put_field(target, text, random);
    case Variable::request_headers_names: return void(fields_.emplace_back(value, "1"));
    case Variable::request_method: method_ = value; return;
    case Variable::request_protocol: version_ = value.substr(std::min(value.size(), value.find('/') + 1)); return;
    case Variable::query_string: raw_query_ = value; return;
    case Variable::request_line:
    case Variable::request_uri:
    case Variable::request_uri_raw:
      if (random.one_in(3)) return void(raw_query_ = value);
      [[fallthrough]];
    case Variable::request_filename:
    case Variable::request_basename:
    case Variable::path_info: path_ = (random.one_in(2) ? "/" : "/a/") + value; return;
    case Variable::request_body:
    case Variable::full_request: raw_ = value; return;
    case Variable::files:
    case Variable::multipart_filename: return void(files_.emplace_back("file", value));
    case Variable::files_names:
    case Variable::multipart_name: return void(files_.emplace_back(value, "a.txt"));
    case Variable::multipart_part_headers: part_ = value; return;
    case Variable::xml: xml_ = value; return;
    case Variable::tx:
      // What rules before it have put there, most of all from the heads of parts.
      if (text.find_first_of("\r\n") == std::string_view::npos) part_ = "content-type: " + value;
      return put_argument(false, true, {name, value}, random);
    default: return;
  }
}

void Draft::put_count(const Target& target, std::size_t count, Random& random) {
  Target member = target;
  for (std::size_t i = 0; i < std::min<std::size_t>(count, 300); ++i) put(member, "v" + std::to_string(i), random);
}

void Draft::give_body(Sample& sample, Random& random) const {
  const bool is_typed = !random.one_in(8);
  const auto give = [&](std::string_view type, std::string body) {
    if (is_typed && sample.field("content-type").empty()) sample.set("content-type", std::string(type));
    sample.body = std::move(body);
  };
  const std::size_t way = random.below(4);
  if (!xml_.empty()) return give("text/xml", "<?xml version=\"1.0\"?><a><b>" + xml_ + "</b></a>");
  if (!raw_.empty()) return give(random.one_in(2) ? "text/plain" : form_type, raw_);
  if (files_.empty() && part_.empty() && form_.empty()) return;
  if (files_.empty() && part_.empty() && way < 2) return give(form_type, pairs(form_));
  if (files_.empty() && part_.empty() && way == 2) return give("application/json", json(form_));
  std::string body;
  for (const auto& [name, value] : form_) body += part("name=\"" + name + "\"", part_, value);
  for (const auto& [name, file] : files_) body += part("name=\"" + name + "\"; filename=\"" + file + "\"", part_, "x");
  if (body.empty()) body = part("name=\"a\"", part_, "x");
  give("multipart/form-data; boundary=" + std::string(boundary), body + "--" + std::string(boundary) + "--\r\n");
}

Sample Draft::finish(Random& random) const {
  Sample sample;
  sample.name = "made for a rule";
  sample.fields = {{"host", "shop.example.com"}};
  for (const auto& [name, value] : fields_) sample.fields.push_back({name, value});
  // What most requests have, so that what is looked for is all that is odd about it.
  if (sample.field("user-agent").empty() && !random.one_in(8)) sample.fields.push_back({"user-agent", "Mozilla/5.0"});
  if (sample.field("accept").empty() && !random.one_in(8)) sample.fields.push_back({"accept", "*/*"});
  std::string cookie;
  for (const auto& [name, value] : cookies_) cookie += (cookie.empty() ? "" : "; ") + name + "=" + value;
  if (!cookie.empty()) sample.fields.push_back({"cookie", cookie});
  std::string query = pairs(query_);
  if (!raw_query_.empty()) query += (query.empty() ? "" : "&") + percent_encoded(raw_query_, "");
  sample.uri = percent_encoded(path_, "?#") + (query.empty() ? "" : "?" + query);
  if (!version_.empty()) sample.version = version_;
  give_body(sample, random);
  sample.method = !method_.empty() ? method_ : sample.body.empty() ? "GET" : "POST";
  return mended(std::move(sample));
}

}  // namespace ravelin::waf_diff
