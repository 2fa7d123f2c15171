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

std::optional<std::int64_t> to_id(std::string_view text) {
  std::int64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id < 0 || id > INT32_MAX) return std::nullopt;
  return id;
}

bool is_of_request(std::string_view target) {
  const Variable variable = variable_named(target.substr(0, target.find_first_of(":.")));
  return static_cast<unsigned>(variable) <= static_cast<unsigned>(Variable::server_port);
}

bool has_macro_tag(const Rule& rule) {
  return std::any_of(rule.actions.begin(), rule.actions.end(),
                     [](const Action& action) { return action.name == "tag" && has_macro(action.value); });
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

bool Removals::Removal::means(const Rule& rule) const {
  if (ids.empty())
    return std::any_of(rule.actions.begin(), rule.actions.end(),
                       [&](const Action& action) { return action.name == "tag" && action.value == tag; });
  return std::any_of(ids.begin(), ids.end(),
                     [&](const auto& range) { return range.first <= rule.id && rule.id <= range.second; });
}

std::optional<Removals::Removal> Removals::read(const Action& action) {
  const std::size_t equals = std::min(action.value.find('='), action.value.size());
  const std::string kind = lower_case(std::string_view(action.value).substr(0, equals));
  std::string_view what = std::string_view(action.value).substr(std::min(equals + 1, action.value.size()));
  Removal removal;
  removal.text = action.value;
  if (const bool is_of_targets = kind.starts_with("ruleremovetarget"); is_of_targets) {
    const std::size_t semicolon = what.find(';');
    if (semicolon == std::string_view::npos || what.find(';', semicolon + 1) != std::string_view::npos)
      return std::nullopt;
    removal.target = what.substr(semicolon + 1);
    if (!is_of_request(removal.target)) return std::nullopt;
    what = what.substr(0, semicolon);
  }
  if (kind.ends_with("bytag")) {
    removal.tag = what;
    return removal;
  }
  if (!kind.ends_with("byid")) return std::nullopt;
  const std::string_view first = what.substr(0, what.find('-'));
  // Of a range, the library takes the first for a rule's targets.
  if (!removal.target.empty() && first.size() != what.size()) return std::nullopt;
  const auto from = to_id(first);
  const auto to = first.size() == what.size() ? from : to_id(what.substr(first.size() + 1));
  if (!from || !to) return std::nullopt;
  removal.ids.emplace_back(*from, *to);
  return removal;
}

Removals::Removals(const Rules& rules, const std::set<std::string>& without) {
  const bool are_tags_certain = std::none_of(rules.rules.begin(), rules.rules.end(),
                                             [](const Rule& rule) { return any_link(rule, has_macro_tag); });
  const auto means_link = [&](const Removal& removal) {
    return std::any_of(rules.rules.begin(), rules.rules.end(), [&](const Rule& rule) {
      return std::any_of(rule.chained.begin(), rule.chained.end(),
                         [&](const Rule& link) { return removal.means(link); });
    });
  };
  const auto add = [&](const Rule& rule) {
    for (const Action& action : rule.actions) {
      if (!is_removal(action) || without.contains(action.value) || find(action)) continue;
      auto removal = read(action);
      if (!removal || (removal->ids.empty() && !are_tags_certain)) continue;
      // By id, a link that is removed has matched; by tag, it stays.
      if (removal->target.empty() && !removal->ids.empty() && means_link(*removal)) continue;
      all_.push_back(*std::move(removal));
    }
  };
  for (const Rule& rule : rules.rules) {
    if (rule.phase > 2) continue;
    add(rule);
    for (const Rule& link : rule.chained) add(link);
  }
}

std::optional<unsigned> Removals::find(const Action& action) const {
  for (unsigned number = 0; number < all_.size(); ++number)
    if (all_[number].text == action.value) return number;
  return std::nullopt;
}

// The library does not ask for the id of a SecAction.
std::vector<unsigned> Removals::of(const Rule& rule) const {
  const bool is_action = rule.is_unconditional() && rule.op.name == "unconditionalmatch";
  std::vector<unsigned> numbers;
  for (unsigned number = 0; number < all_.size(); ++number)
    if (all_[number].target.empty() && all_[number].means(rule) && !(is_action && all_[number].tag.empty()))
      numbers.push_back(number);
  return numbers;
}

std::vector<std::pair<unsigned, std::string>> Removals::of_targets(const Rule& rule) const {
  std::vector<std::pair<unsigned, std::string>> targets;
  for (unsigned number = 0; number < all_.size(); ++number)
    if (!all_[number].target.empty() && all_[number].means(rule)) targets.emplace_back(number, all_[number].target);
  return targets;
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
