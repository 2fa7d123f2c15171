#pragma once

#include <string>
#include <string_view>

#include "modules/waf/plan/transform.h"
#include "waf_diff/random.h"

namespace ravelin::waf_diff {

/// A text of which `transform` makes `text`, or nearly so: what a rule finds only because it transforms.
std::string undone(waf::plan::Transform transform, std::string_view text, Random& random);

/// A text that `transform` makes `text` of because it decodes what it must leave: the marks that it looks for are
/// escaped by themselves. So the text reaches the transformation behind it.
std::string guarded(waf::plan::Transform transform, std::string_view text);

}  // namespace ravelin::waf_diff
