#pragma once

#include <string>
#include <vector>

#include "waf_diff/exclusions.h"
#include "waf_diff/random.h"

namespace ravelin::waf_diff {

/// Rules of an operator's own, from a small grammar over the variables, transformations, operators and
/// actions that the plan means to know. Their ids are counted from `first_id`. An element is a rule or a chain.
std::vector<std::string> own_rules(Random& random, int first_id);

/// What own_rules() of 2000 and of 3000 and plugin_rules() of 9500000 make.
extern const Named own_names;

/// A file such as the core rule set's plugins are: a switch, rules between it and a marker, exclusions.
std::vector<std::string> plugin_rules(Random& random, int first_id);

}  // namespace ravelin::waf_diff
