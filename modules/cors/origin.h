#pragma once

#include <string>
#include <string_view>

#include "ravelin/schema.h"

namespace ravelin::cors {

/// OriginPattern is an item of allow_origins: an origin, "https://*.example.com" for every host below
/// example.com, "null", or "*" for all.
class OriginPattern {
 public:
  enum class Kind : unsigned char { any, null, exact, below };

  OriginPattern() = default;
  /// Reads an item of the file. What no browser sends is an error that says what to write instead.
  static Result<OriginPattern> parse(std::string_view text);

  Kind kind() const { return kind_; }
  const std::string& text() const { return text_; }
  /// Whether the value of an Origin field is meant: scheme and host in any case, the port exactly.
  bool matches(std::string_view origin) const;

 private:
  OriginPattern(Kind kind, std::string_view text) : kind_(kind), text_(text) {}
  bool is_above(std::string_view origin) const;

  Kind kind_ = Kind::any;
  std::string text_ = "*";
};

}  // namespace ravelin::cors

namespace ravelin::schema {

template <>
struct Text<cors::OriginPattern> {
  static std::string_view type() {
    return "an origin such as https://app.example.com or https://*.example.com, or '*'";
  }
  static std::string print(const cors::OriginPattern& value) { return value.text(); }
  static Result<cors::OriginPattern> parse(std::string_view text) { return cors::OriginPattern::parse(text); }
};

}  // namespace ravelin::schema
