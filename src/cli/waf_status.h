#pragma once

#include <string>
#include <string_view>

namespace ravelin::cli {

/// Renders what GET /v1/modules/waf answers for people: per place of the configuration what judges, what is left to
/// libmodsecurity and why, and what it costs. Text that is no such JSON comes back as it is.
std::string waf_status_text(std::string_view json);

}  // namespace ravelin::cli
