#include "modules/waf/plan/collect.h"

#include <charconv>
#include <unordered_map>

#include "modules/waf/plan/collect_text.h"

namespace ravelin::waf::plan {
namespace {

// The order of the fields in FULL_REQUEST is that of the library's hash table: a sum of lower-case bytes.
struct NameHash {
  std::size_t operator()(std::string_view name) const {
    std::size_t sum = 0;
    for (const char c : name) sum += static_cast<std::size_t>(static_cast<int>(static_cast<signed char>(lower(c))));
    return sum;
  }
};
struct NameEqual {
  bool operator()(std::string_view a, std::string_view b) const { return equals_in_any_case(a, b); }
};
constexpr std::size_t reserved_names = 10;

std::span<const Item> from(const std::vector<Item>& items, std::size_t first) {
  return std::span(items).subspan(first);
}

}  // namespace

std::span<const Item> Values::of(Variable variable) const {
  switch (variable) {
    case Variable::args: return arguments_.values;
    case Variable::args_names: return arguments_.names;
    case Variable::args_get: return std::span(arguments_.values).first(of_query_);
    case Variable::args_get_names: return std::span(arguments_.names).first(of_query_);
    case Variable::args_post: return from(arguments_.values, before_post_);
    case Variable::args_post_names: return from(arguments_.names, before_post_);
    case Variable::files: return files_;
    case Variable::files_names: return files_names_;
    case Variable::files_sizes: return files_sizes_;
    case Variable::multipart_filename: return multipart_filenames_;
    case Variable::multipart_name: return multipart_names_;
    case Variable::multipart_part_headers: return part_headers_;
    case Variable::request_headers: return fields_.values;
    case Variable::request_headers_names: return fields_.names;
    case Variable::request_cookies: return cookies_.values;
    case Variable::request_cookies_names: return cookies_.names;
    case Variable::xml: return xml_;
    case Variable::full_request: return {&full_request(), 1};
    case Variable::unique_id:
    case Variable::duration:
    case Variable::tx:
    case Variable::ip:
    case Variable::global:
    case Variable::session:
    case Variable::user:
    case Variable::resource:
    case Variable::env:
    case Variable::geo:
    case Variable::rule:
    case Variable::matched_var:
    case Variable::matched_var_name:
    case Variable::matched_vars:
    case Variable::matched_vars_names:
    case Variable::response_headers:
    case Variable::response_headers_names:
    case Variable::other: return {};
    default: return {&singles_[static_cast<std::size_t>(variable)], 1};
  }
}

void Values::clear() {
  singles_.fill({});
  full_request_.clear();
  arguments_.clear();
  of_query_ = before_post_ = argument_bytes_ = 0;
  fields_.clear();
  cookies_.clear();
  for (auto* list :
       {&files_, &files_names_, &files_sizes_, &multipart_filenames_, &multipart_names_, &part_headers_, &xml_})
    list->clear();
  content_type_ = {};
  body_type_ = BodyType::unknown;
  arena_.clear();
  doubt_ = {};
}

void Values::collect_body(const Request& request) {
  before_post_ = arguments_.values.size();
  // With forms the library leaves this empty; a malformed multipart body is in doubt.
  if (body_type_ != BodyType::form) set_body_error(false);
  if (request.format == BodyFormat::xml) {
    collect_xml(request.body);
  } else if (request.format == BodyFormat::json) {
    collect_json(request.body);
    before_post_ = arguments_.values.size();
  } else if (body_type_ == BodyType::multipart) {
    collect_multipart(request.body);
  } else if (body_type_ == BodyType::form) {
    collect_pairs(request.body);
  }
  collect_whole(request.body);
}

void Values::set_body_error(bool is_malformed) {
  const std::string_view error = is_malformed ? "1" : "0";
  set(Variable::reqbody_error, error);
  set(Variable::reqbody_processor_error, error);
}

void Values::collect_whole(std::string_view body) {
  std::size_t size = 2 + body.size();
  for (const Item& field : fields_.values) size += field.name.size() + field.value.size() + 3;
  set(Variable::full_request_length, arena_.copy(size));
  if (body.empty()) return;
  set(Variable::request_body, body);
  set(Variable::request_body_length, arena_.copy(body.size()));
}

void Values::add_argument(std::string_view name, std::string_view value) {
  arguments_.add(name, value);
  argument_bytes_ += name.size() + value.size();
}

// Of what queries, forms and JSON have; the library does not count parts of multipart bodies. It prints a
// floating point number.
void Values::sum_arguments() {
  constexpr std::string_view fraction = ".000000";
  if (arguments_.values.empty()) return;
  constexpr std::size_t longest = 20;
  char* const begin = arena_.reserve(longest + fraction.size());
  char* const end = std::to_chars(begin, begin + longest, argument_bytes_).ptr;
  set(Variable::args_combined_size, arena_.commit(end + fraction.copy(end, fraction.size())));
}

const Item& Values::full_request() const {
  Item& item = singles_[static_cast<std::size_t>(Variable::full_request)];
  const bool has_body = !singles_[static_cast<std::size_t>(Variable::full_request_length)].value.empty();
  if (!has_body || !item.value.empty()) return item;
  std::unordered_multimap<std::string_view, std::string_view, NameHash, NameEqual> fields;
  fields.reserve(reserved_names);
  for (const Item& field : fields_.values) fields.emplace(field.name, field.value);
  std::vector<Item> backwards;
  for (const auto& [name, value] : fields) backwards.push_back({name, value});
  for (auto field = backwards.rbegin(); field != backwards.rend(); ++field)
    full_request_.append(field->name).append(": ").append(field->value).append("\n");
  full_request_.append("\n\n").append(singles_[static_cast<std::size_t>(Variable::request_body)].value);
  item.value = full_request_;
  return item;
}

}  // namespace ravelin::waf::plan
