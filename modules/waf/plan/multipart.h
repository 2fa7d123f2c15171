#pragma once

#include <optional>
#include <string_view>

/// Multipart bodies as libmodsecurity 3.0.9 takes them apart; what it flags as an error is refused here.
namespace ravelin::waf::plan {

/// The boundary that a Content-Type names, unquoted as it must be. Nothing if the library would raise
/// MULTIPART_STRICT_ERROR or REQBODY_ERROR about it.
std::optional<std::string_view> multipart_boundary(std::string_view content_type);

/// Parameter is one of a Content-Disposition. `value` is as written if it has no escaped characters.
struct Parameter {
  enum class Name : unsigned char { name, filename, extended_filename };
  Name name = Name::name;
  std::string_view value;
  bool has_escapes = false;
};

/// DispositionReader goes through the parameters of the value of a Content-Disposition field.
class DispositionReader {
 public:
  explicit DispositionReader(std::string_view value);

  bool is_at_end() const { return rest_.empty(); }
  /// Nothing if the library would find fault with it.
  std::optional<Parameter> next();

 private:
  std::optional<Parameter::Name> read_name();
  std::optional<Parameter> read_value(Parameter::Name name);
  std::optional<Parameter> read_quoted(Parameter::Name name);
  std::optional<Parameter> read_token(Parameter::Name name);
  std::optional<Parameter> read_extended();
  bool skip_blanks();
  bool skip_separator();

  std::string_view rest_;
  bool is_bad_ = false;
};

}  // namespace ravelin::waf::plan
