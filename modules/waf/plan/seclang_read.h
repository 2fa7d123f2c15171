#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/seclang_text.h"

/// The parts of a directive. Each function reads from where the text is; trouble is left in the text.
namespace ravelin::waf::plan {

/// A value in quotes, the first of which has been read. Takes the second. Backslashes stay.
std::string read_quoted(Text& text, char quote);
/// A value without quotes, up to (and without) the first of `ends`.
std::string read_bare(Text& text, std::string_view ends);
/// %{tx.x}
std::string read_macro(Text& text);

/// ARGS|!ARGS:id or the same in double quotes.
std::vector<Target> read_targets(Text& text);
/// Takes out what is excluded whole: targets that equal an exclusion. What updates add stays in any case.
void drop_excluded(std::vector<Target>& targets);

/// An operator that ends with `end`, a double quote or a blank. Takes the end.
Operator read_operator(Text& text, char end);

/// A list of actions in double quotes, the first of which has been read. Transformations are "t", as written.
std::vector<Action> read_actions(Text& text);
/// The one action that may stand without quotes.
Action read_action(Text& text);
/// What may come after an operator: actions, or nothing.
std::vector<Action> read_actions_after_operator(Text& text);

/// Passes blanks, comments and empty lines.
void skip_to_directive(Text& text);

/// A directive that configures the engine, of which `name` has been read. Nothing if it is not one of those.
std::optional<Setting> read_setting(Text& text, std::string_view name);

bool is_number(std::string_view text);

}  // namespace ravelin::waf::plan
