#pragma once

#include <string>
#include <string_view>

namespace ravelin::observe {

/// Renders what DecisionRing::find_json() returned for people: a chain from the peer to the response, with
/// each module's verdict, reason, detail and FILE:LINE. Text that is no such JSON comes back as it is.
std::string explain_text(std::string_view json);

}  // namespace ravelin::observe
