#include "modules/waf/plan/variable.h"

#include <algorithm>
#include <array>

#include "modules/waf/plan/ascii.h"

namespace ravelin::waf::plan {
namespace {

constexpr bool keyed = true;

constexpr std::array<VariableName, 104> names{{
    {"ARGS", Variable::args, keyed},
    {"ARGS_NAMES", Variable::args_names, keyed},
    {"ARGS_GET", Variable::args_get, keyed},
    {"ARGS_GET_NAMES", Variable::args_get_names, keyed},
    {"ARGS_POST", Variable::args_post, keyed},
    {"ARGS_POST_NAMES", Variable::args_post_names, keyed},
    {"ARGS_COMBINED_SIZE", Variable::args_combined_size},
    {"FILES", Variable::files, keyed},
    {"FILES_NAMES", Variable::files_names, keyed},
    {"FILES_SIZES", Variable::files_sizes, keyed},
    {"FILES_COMBINED_SIZE", Variable::files_combined_size},
    {"MULTIPART_FILENAME", Variable::multipart_filename, keyed},
    {"MULTIPART_NAME", Variable::multipart_name, keyed},
    {"MULTIPART_PART_HEADERS", Variable::multipart_part_headers, keyed},
    {"MULTIPART_STRICT_ERROR", Variable::multipart_strict_error},
    {"MULTIPART_UNMATCHED_BOUNDARY", Variable::multipart_unmatched_boundary},
    {"REQUEST_HEADERS", Variable::request_headers, keyed},
    {"REQUEST_HEADERS_NAMES", Variable::request_headers_names, keyed},
    {"REQUEST_COOKIES", Variable::request_cookies, keyed},
    {"REQUEST_COOKIES_NAMES", Variable::request_cookies_names, keyed},
    {"REQUEST_LINE", Variable::request_line},
    {"REQUEST_METHOD", Variable::request_method},
    {"REQUEST_PROTOCOL", Variable::request_protocol},
    {"REQUEST_URI", Variable::request_uri},
    {"REQUEST_URI_RAW", Variable::request_uri_raw},
    {"REQUEST_FILENAME", Variable::request_filename},
    {"REQUEST_BASENAME", Variable::request_basename},
    {"QUERY_STRING", Variable::query_string},
    {"PATH_INFO", Variable::path_info},
    {"FULL_REQUEST", Variable::full_request},
    {"FULL_REQUEST_LENGTH", Variable::full_request_length},
    {"REQUEST_BODY", Variable::request_body},
    {"REQUEST_BODY_LENGTH", Variable::request_body_length},
    {"REQBODY_PROCESSOR", Variable::reqbody_processor},
    {"REQBODY_ERROR", Variable::reqbody_error},
    {"REQBODY_PROCESSOR_ERROR", Variable::reqbody_processor_error},
    {"REMOTE_ADDR", Variable::remote_addr},
    {"REMOTE_PORT", Variable::remote_port},
    {"SERVER_ADDR", Variable::server_addr},
    {"SERVER_PORT", Variable::server_port},
    {"UNIQUE_ID", Variable::unique_id},
    {"DURATION", Variable::duration},
    {"XML", Variable::xml, keyed},
    {"TX", Variable::tx, keyed},
    {"IP", Variable::ip, keyed},
    {"GLOBAL", Variable::global, keyed},
    {"SESSION", Variable::session, keyed},
    {"USER", Variable::user, keyed},
    {"RESOURCE", Variable::resource, keyed},
    {"ENV", Variable::env, keyed},
    {"GEO", Variable::geo, keyed},
    {"RULE", Variable::rule, keyed},
    {"MATCHED_VAR", Variable::matched_var},
    {"MATCHED_VAR_NAME", Variable::matched_var_name},
    {"MATCHED_VARS", Variable::matched_vars, keyed},
    {"MATCHED_VARS_NAMES", Variable::matched_vars_names, keyed},
    {"RESPONSE_STATUS", Variable::response_status},
    {"RESPONSE_HEADERS", Variable::response_headers, keyed},
    {"RESPONSE_HEADERS_NAMES", Variable::response_headers_names, keyed},
    {"RESPONSE_BODY", Variable::response_body},
    {"RESPONSE_PROTOCOL", Variable::response_protocol},
    {"RESPONSE_CONTENT_TYPE", Variable::response_content_type},
    {"RESPONSE_CONTENT_LENGTH", Variable::response_content_length},
    // The library's only.
    {"AUTH_TYPE"},
    {"FILES_TMPNAMES", Variable::other, keyed},
    {"FILES_TMP_CONTENT", Variable::other, keyed},
    {"INBOUND_DATA_ERROR"},
    {"OUTBOUND_DATA_ERROR"},
    {"MULTIPART_BOUNDARY_QUOTED"},
    {"MULTIPART_BOUNDARY_WHITESPACE"},
    {"MULTIPART_CRLF_LF_LINES"},
    {"MULTIPART_DATA_AFTER"},
    {"MULTIPART_DATA_BEFORE"},
    {"MULTIPART_FILE_LIMIT_EXCEEDED"},
    {"MULTIPART_HEADER_FOLDING"},
    {"MULTIPART_INVALID_HEADER_FOLDING"},
    {"MULTIPART_INVALID_PART"},
    {"MULTIPART_INVALID_QUOTING"},
    {"MULTIPART_LF_LINE"},
    {"MULTIPART_MISSING_SEMICOLON"},
    {"MULTIPART_SEMICOLON_MISSING"},
    {"REMOTE_HOST"},
    {"REMOTE_USER"},
    {"REQBODY_ERROR_MSG"},
    {"REQBODY_PROCESSOR_ERROR_MSG"},
    {"SERVER_NAME"},
    {"SESSIONID"},
    {"URLENCODED_ERROR"},
    {"USERID"},
    {"WEBAPPID"},
    {"STATUS"},
    {"STATUS_LINE"},
    {"MODSEC_BUILD"},
    {"HIGHEST_SEVERITY"},
    {"TIME"},
    {"TIME_DAY"},
    {"TIME_EPOCH"},
    {"TIME_HOUR"},
    {"TIME_MIN"},
    {"TIME_MON"},
    {"TIME_SEC"},
    {"TIME_WDAY"},
    {"TIME_YEAR"},
    {"OTHER"},
}};

const VariableName& row_of(Variable variable) {
  return *std::find_if(names.begin(), names.end(), [&](const VariableName& row) { return row.variable == variable; });
}

}  // namespace

const VariableName* find_variable(std::string_view name) {
  const auto* const last = names.end() - 1;  // not a name, but what name_of says of all others
  const auto* const found =
      std::find_if(names.begin(), last, [&](const VariableName& row) { return equals_in_any_case(row.name, name); });
  return found == last ? nullptr : found;
}

Variable variable_named(std::string_view name) {
  const VariableName* found = find_variable(name);
  return found == nullptr ? Variable::other : found->variable;
}

std::string_view name_of(Variable variable) {
  return variable == Variable::other ? names.back().name : row_of(variable).name;
}

std::string full_name(Variable variable, std::string_view member) {
  std::string full(name_of(variable));
  return is_collection(variable) ? full.append(":").append(member) : full;
}

bool is_collection(Variable variable) { return row_of(variable).takes_key; }

}  // namespace ravelin::waf::plan
