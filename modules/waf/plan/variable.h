#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ravelin::waf::plan {

/// Variable is what a rule may look at, by SecLang's names (ModSecurity Reference Manual v3,
/// "Variables"). `other` stands for every name that the plan does not know: its rules are the library's.
enum class Variable : std::uint8_t {
  args,
  args_names,
  args_get,
  args_get_names,
  args_post,
  args_post_names,
  args_combined_size,
  files,
  files_names,
  files_sizes,
  files_combined_size,
  multipart_filename,
  multipart_name,
  multipart_part_headers,
  multipart_strict_error,
  multipart_unmatched_boundary,
  xml,
  request_headers,
  request_headers_names,
  request_cookies,
  request_cookies_names,
  request_line,
  request_method,
  request_protocol,
  request_uri,
  request_uri_raw,
  request_filename,
  request_basename,
  query_string,
  path_info,
  full_request,
  full_request_length,
  request_body,
  request_body_length,
  reqbody_processor,
  reqbody_error,
  reqbody_processor_error,
  remote_addr,
  remote_port,
  server_addr,
  server_port,
  unique_id,
  duration,
  tx,
  ip,
  global,
  session,
  user,
  resource,
  env,
  geo,
  rule,
  matched_var,
  matched_var_name,
  matched_vars,
  matched_vars_names,
  response_status,
  response_headers,
  response_headers_names,
  response_body,
  response_protocol,
  response_content_type,
  response_content_length,
  other,
};
inline constexpr std::size_t variable_count = static_cast<std::size_t>(Variable::other) + 1;

/// VariableName is one that the library knows, which may be more than the plan does.
struct VariableName {
  std::string_view name;  // upper case
  Variable variable = Variable::other;
  bool takes_key = false;  // ARGS:id
};

/// By name, in any case; null if the library would refuse it.
const VariableName* find_variable(std::string_view name);
/// The same; `other` for what the plan does not know.
Variable variable_named(std::string_view name);
/// "ARGS_NAMES".
std::string_view name_of(Variable variable);
/// "REQUEST_METHOD", or "ARGS:id" of a member.
std::string full_name(Variable variable, std::string_view member);
/// Whether it has members by name (ARGS:id), so that it may have none. The rest have one value, which may be empty.
bool is_collection(Variable variable);

}  // namespace ravelin::waf::plan
