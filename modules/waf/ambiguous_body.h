#pragma once

#include <optional>
#include <string_view>

#include "modules/waf/plan/request.h"

namespace ravelin::waf {

/// What in a body an origin may take for something else than the rules have seen, as a sentence for the record; none if
/// nothing is found. libmodsecurity puts up with all of it. Linear in the body.
std::optional<std::string_view> find_ambiguity(BodyFormat format, std::string_view body, std::string_view content_type);

}  // namespace ravelin::waf
