#pragma once

#include <cstdint>
#include <string>

#include "ravelin/result.h"
#include "waf_diff/policy.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// Replay is one request under one policy, as it is kept in a file.
struct Replay {
  std::uint64_t seed = 0;  // of the run that found it
  std::string difference;  // in words: for people
  std::string reference;
  std::string tested;
  Policy policy;
  Sample sample;
};

/// JSON; bytes beyond 0x7e are written as \u0080 to \u00ff.
std::string text_of(const Replay& replay);
Result<Replay> parse_replay(const std::string& text);

}  // namespace ravelin::waf_diff
