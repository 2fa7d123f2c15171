#include "modules/waf/plan/removal.h"

#include <array>
#include <charconv>
#include <system_error>

#include "modules/waf/plan/macro.h"
#include "modules/waf/plan/step.h"

namespace ravelin::waf::plan {
namespace {

// Whether a list of ids, with ranges, has `id`; what is not understood has every id.
bool has_id(std::string_view list, std::int64_t id) {
  while (!list.empty()) {
    std::array<std::int64_t, 2> range{};
    for (std::int64_t& end : range) {
      const auto [next, error] = std::from_chars(list.data(), list.data() + list.size(), end);
      if (error != std::errc()) return true;
      list.remove_prefix(static_cast<std::size_t>(next - list.data()));
      if (list.starts_with('-'))
        list.remove_prefix(1);
      else
        break;
    }
    if (id == range[0] || (range[0] <= id && id <= range[1])) return true;
    list.remove_prefix(std::min(list.find_first_not_of(", "), list.size()));
  }
  return false;
}

bool has_label(const Rule& rule, std::string_view label) {
  return std::any_of(rule.actions.begin(), rule.actions.end(), [&](const Action& action) {
    return (action.name == "tag" || action.name == "msg") &&
           (has_macro(action.value) || lower_case(action.value).find(label) != std::string::npos);
  });
}

bool has_target(const Rule& rule, std::string_view variable) {
  return std::any_of(rule.targets.begin(), rule.targets.end(),
                     [&](const Target& target) { return lower_case(target.written) == variable; });
}

}  // namespace

bool may_remove(std::string_view removal, const Rule& rule) {
  const std::string_view kind = removal.substr(0, removal.find('='));
  const std::string_view all = removal.substr(std::min(kind.size() + 1, removal.size()));
  const std::string_view what = all.substr(0, all.find(';'));
  if (kind.starts_with("ruleremovetarget")) {
    const std::string_view target = all.substr(std::min(what.size() + 1, all.size()));
    const std::string_view variable = target.substr(0, target.find(':'));
    if (!any_link(rule, [&](const Rule& link) { return has_target(link, variable); })) return false;
  }
  if (kind == "ruleremovebyid") return has_id(what, rule.id);
  if (kind == "ruleremovetargetbyid") return any_link(rule, [&](const Rule& link) { return has_id(what, link.id); });
  return any_link(rule, [&](const Rule& link) { return has_label(link, what); });
}

bool may_remove_link(std::string_view removal, const Rule& rule) {
  constexpr std::string_view by_id = "ruleremovebyid=";
  return removal.starts_with(by_id) && std::any_of(rule.chained.begin(), rule.chained.end(), [&](const Rule& link) {
           return has_id(removal.substr(by_id.size()), link.id);
         });
}

bool is_removal(const Action& action) {
  return action.name == "ctl" && lower_case(action.value).starts_with("ruleremove");
}

bool has_effect(const Rule& rule) {
  return any_link(rule, [](const Rule& link) {
    return link.action("setvar") != nullptr || link.action("skipafter") != nullptr || link.action("allow") != nullptr ||
           link.action("ctl") != nullptr;
  });
}

bool has_early_effect(const Rule& rule) {
  return any_link(rule,
                  [](const Rule& link) { return link.action("setvar") != nullptr && link.action("chain") != nullptr; });
}

}  // namespace ravelin::waf::plan
