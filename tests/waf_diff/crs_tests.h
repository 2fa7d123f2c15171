#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "ravelin/result.h"
#include "waf_diff/judge.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// CrsTest is one of the core rule set's own regression tests.
struct CrsTest {
  Sample sample;                    // as it would reach the WAF, not mended
  std::set<std::int64_t> wanted;    // rules that must match
  std::set<std::int64_t> unwanted;  // rules that must not
  std::vector<int> statuses;        // one of these, if there are any: about the server, not the rules
  bool is_error_expected = false;

  /// Whether the rules that matched are those that the test asks for.
  bool is_met_by(const Outcome& outcome) const;
};

/// Reads all tests under `folder` (see scripts/fetch-crs-tests), in the order of their files. An Error if a
/// file cannot be read or there is none. What a test leaves out is filled in as the suite's own runner does.
Result<std::vector<CrsTest>> read_crs_tests(const std::string& folder);

/// The tests of one file's text.
Result<std::vector<CrsTest>> parse_crs_tests(const std::string& text);

/// A request as sent, of HTTP/1: encoded_request and raw_request of the tests.
Sample parse_request(std::string_view text);

}  // namespace ravelin::waf_diff
