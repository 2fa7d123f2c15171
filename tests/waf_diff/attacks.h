#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "waf_diff/random.h"
#include "waf_diff/sample.h"

namespace ravelin::waf_diff {

/// Where a payload stands in a request.
enum class Placement : std::uint8_t {
  query_value,
  query_name,
  path,
  field,
  cookie,
  form_value,
  json_value,
  part_value,
  file_name,
  whole_body,
};
inline constexpr std::size_t placement_count = 10;

/// Payload is one line of a file in `payloads/`, its escapes (\n, \r, \t, \0, \xXX, \\) undone.
struct Payload {
  std::string kind;  // the file's name: "sql"
  std::string text;
};

/// All payloads, ordered by kind.
const std::vector<Payload>& payloads();

/// A plain request with `payload` in that place, encoded as the place needs it.
Sample attack_sample(const Payload& payload, Placement placement);
Sample attack_sample(Random& random);

}  // namespace ravelin::waf_diff
