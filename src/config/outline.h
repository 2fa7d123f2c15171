#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/load.h"
#include "ravelin/schema.h"

namespace ravelin::config {

/// Outline is the shape of a value: what may stand there. The reference page and the JSON schema are
/// written from it.
struct Outline {
  enum class Kind : std::uint8_t { scalar, section, list, map, choice };

  Kind kind = Kind::scalar;
  std::string name;  // of a key; "NAME" for any key of a map
  std::string doc;
  std::string type;          // of a scalar
  std::string default_text;  // as it would be written; empty if there is none
  std::string range;         // "1s to 1h"
  Range bounds;
  std::vector<std::string> words;         // of an enumeration
  std::vector<std::string> alternatives;  // words that may stand in place of it: off, auto
  bool is_required = false;
  bool is_shorthand = false;
  std::vector<std::unique_ptr<Outline>> children;  // keys of a section or choice; the item of a list or map
};

/// The outline of the whole file; a module's section stands in `modules` under its name.
std::unique_ptr<Outline> outline_of(Known modules);

}  // namespace ravelin::config
