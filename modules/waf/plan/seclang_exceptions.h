#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/plan/seclang_text.h"

namespace ravelin::waf::plan {

/// Exceptions are what is said of rules from outside: SecRuleRemove*, SecRuleUpdate*. For all rules of the policy,
/// wherever they stand.
class Exceptions {
 public:
  /// Reads a directive of which `name`, in lower case, has been read. Nothing if it is not one of these.
  std::optional<Setting> read(Text& text, std::string_view name);

  /// Whether SecRuleRemove* takes the rule away, with its whole chain.
  bool removes(const Rule& rule) const;
  /// Applies updates to one rule of a chain.
  void update(Rule& rule) const;

 private:
  struct Range {
    std::int64_t first;
    std::int64_t last;
  };
  struct Update {
    std::string by;  // "id", "tag", "msg"
    std::string what;
    std::vector<Target> targets;
  };

  void read_removal(Text& text, Setting& setting, std::string_view by);
  void read_ids(Text& text, std::string_view ids);
  void read_update(Text& text, Setting& setting, std::string_view by);
  void read_action_update(Text& text, Setting& setting);

  std::vector<Range> removed_ids_;
  std::vector<std::string> removed_tags_;
  std::vector<std::string> removed_messages_;
  std::vector<Update> updates_;
  std::vector<std::string> updated_actions_;  // ids
};

}  // namespace ravelin::waf::plan
