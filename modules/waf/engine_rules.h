#pragma once

#include <cstdint>
#include <string>

#include "modules/waf/config.h"

namespace ravelin::waf {

// Ids of our own rules: 450000 to 450099 here, from 450100 in rules/ravelin.conf.
inline constexpr int malformed_body_rule = 450010;
inline constexpr int malformed_multipart_rule = 450011;
inline constexpr int unmatched_boundary_rule = 450012;
inline constexpr int crs_setup_rule = 450020;
/// Those about how a body is written, not what is in it.
constexpr bool is_body_check(std::int64_t id) { return id >= malformed_body_rule && id <= unmatched_boundary_rule; }

/// engine_rules configures the library, whole: no file of the distribution is relied on. Loaded first.
std::string engine_rules(const Config& config);

/// crs_settings gives the core rule set the paranoia levels and thresholds of the configuration.
/// Loaded after crs-setup.conf, so the configuration wins, and before the rules, which take defaults
/// for what is not set.
std::string crs_settings(const Config& config);

}  // namespace ravelin::waf
