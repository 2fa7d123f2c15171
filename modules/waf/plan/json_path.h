#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace ravelin::waf::plan {

/// JsonPath names the values of a JSON text while it is read from its start to its end, as libmodsecurity
/// 3.0.9 names arguments: {"a":{"b":[7]}} has json.a.b.array_0.
class JsonPath {
 public:
  enum class Kind : unsigned char { map, array };

  void clear();
  void enter(Kind kind);
  void leave();
  /// Of the next value of a map.
  void key(std::string_view name);
  /// The name of the value, neither map nor array, that comes now; valid until the next call.
  std::string_view leaf();

  /// Maps and arrays that are open.
  std::size_t depth() const { return levels_.size(); }

 private:
  struct Level {
    std::size_t size = 0;   // of what of text_ all its members share
    std::size_t count = 0;  // of members before this one, in an array
    Kind kind = Kind::map;
  };

  void name_member();

  std::string text_;
  std::vector<Level> levels_;
};

}  // namespace ravelin::waf::plan
