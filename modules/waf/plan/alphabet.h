#pragma once

#include <string_view>

#include "modules/waf/plan/byte_classes.h"

namespace ravelin::waf::plan {

/// can_match_within: whether a regular expression of PCRE2 may match in a text all of whose bytes belong to
/// `alphabet`. False is a proof; true is also the answer to what is not understood. A pattern that cannot
/// match within letters, digits and a few signs need not be looked for in most values there are.
bool can_match_within(std::string_view pattern, ByteClasses alphabet);

/// The same for a phrase, in either case.
bool can_occur_within(std::string_view phrase, ByteClasses alphabet);

}  // namespace ravelin::waf::plan
