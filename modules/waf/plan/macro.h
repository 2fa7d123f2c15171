#pragma once

#include <string>
#include <string_view>

namespace ravelin::waf::plan {

/// Whether a text has macros: %{tx.a}, %{MATCHED_VAR}.
bool has_macro(std::string_view text);

/// `text` with each macro replaced by what `value_of` gives for its name, in lower case ("tx.a",
/// "request_headers.host"). What has no value is empty, as with libmodsecurity.
template <class Lookup>
std::string expand_macros(std::string_view text, Lookup&& value_of);

/// The start of the next macro and of what follows it; both at the end of the text if there is none.
struct MacroPlace {
  std::size_t begin;
  std::size_t end;
  std::string name;
};
MacroPlace next_macro(std::string_view text);

template <class Lookup>
std::string expand_macros(std::string_view text, Lookup&& value_of) {
  std::string expanded;
  while (!text.empty()) {
    const MacroPlace place = next_macro(text);
    expanded.append(text.substr(0, place.begin));
    if (!place.name.empty()) expanded.append(value_of(place.name));
    text.remove_prefix(place.end);
  }
  return expanded;
}

/// Whether a text has a macro with such a name.
template <class Test>
bool names_any(std::string_view text, Test test) {
  bool does = false;
  expand_macros(text, [&](const std::string& name) {
    does = does || test(name);
    return std::string();
  });
  return does;
}

}  // namespace ravelin::waf::plan
