#include "modules/waf/plan/seclang.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "modules/waf/plan/seclang_exceptions.h"
#include "modules/waf/plan/seclang_read.h"

namespace ravelin::waf::plan {
namespace {

constexpr std::array<std::string_view, 5> disruptive{"allow", "deny", "drop", "pass", "redirect"};

bool is_disruptive(const Action& action) {
  return std::find(disruptive.begin(), disruptive.end(), action.name) != disruptive.end();
}

int phase_named(const std::string& name) {
  if (equals_in_any_case(name, "request")) return 2;
  if (equals_in_any_case(name, "response")) return 4;
  return equals_in_any_case(name, "logging") ? 5 : name.front() - '0';
}

// The last one counts. Without one the library takes 1, for SecDefaultAction, too.
int phase_of(const std::vector<Action>& actions) {
  int phase = 1;
  for (const Action& action : actions)
    if (action.name == "phase") phase = phase_named(action.value);
  return phase;
}

std::int64_t id_of(const std::vector<Action>& actions) {
  std::int64_t id = 0;
  for (const Action& action : actions)
    if (action.name == "id") id = std::stoll(action.value);
  return id;
}

bool is_chained_on(const Rule& rule) { return rule.action("chain") != nullptr; }

void set_actions(Rule& rule, std::vector<Action> actions) {
  rule.phase = phase_of(actions);
  rule.id = id_of(actions);
  for (const Action& action : actions)
    if (action.name == "t") rule.written_transforms.push_back(action.value);
  std::erase_if(actions, [](const Action& action) { return action.name == "t"; });
  rule.actions = std::move(actions);
}

class Policy {
 public:
  void read(const Source& source);
  bool is_stopped() const { return is_stopped_; }
  Result<Rules> finish();

 private:
  void read_directive(Text& text);
  void read_rule(Text& text, const Place& place);
  void read_unconditional(Text& text, const Place& place);
  void read_marker(Text& text, const Place& place);
  void read_default(Text& text);
  void read_other(Text& text, std::string_view name);
  std::vector<Action> read_actions_behind(Text& text);
  void add(Text& text, Rule rule);
  void end_source();

  void resolve(Rule& rule, int phase) const;
  std::vector<std::string> transforms_of(const Rule& rule, int phase) const;

  Rules rules_;
  std::vector<Rule> written_;
  Exceptions exceptions_;
  std::array<std::vector<std::string>, 6> default_transforms_;
  std::set<std::int64_t> ids_;
  std::set<int> defaults_here_;   // phases, of this source
  std::size_t chain_ = no_chain;  // which rule the next is chained to
  std::optional<Error> refusal_;
  bool is_stopped_ = false;

  static constexpr std::size_t no_chain = static_cast<std::size_t>(-1);
};

void Policy::read(const Source& source) {
  Text text(source);
  if (source.text.find('\0') != std::string::npos) text.doubt("a NUL");
  for (skip_to_directive(text); !text.is_at_end(); skip_to_directive(text)) read_directive(text);
  end_source();
  if (!text.is_stopped()) return;
  is_stopped_ = true;
  if (text.is_refused())
    refusal_ = Error{"waf:rules", text.trouble()};
  else
    rules_.unsupported.push_back(text.trouble());
}

void Policy::read_directive(Text& text) {
  const Place place = text.place();
  const std::string_view word = text.take_word();
  const std::string name = lower_case(word);
  if (name == "secrule")
    read_rule(text, place);
  else if (name == "secaction")
    read_unconditional(text, place);
  else if (name == "secmarker")
    read_marker(text, place);
  else if (name == "secdefaultaction")
    read_default(text);
  else
    read_other(text, name);
  if (text.is_at_line_start()) return;
  text.skip_blanks();
  if (!text.is_at_end() && !text.is_at("\n") && !text.is_at("\r") && !text.is_at("#"))
    text.doubt("more than one directive in a line");
}

void Policy::read_other(Text& text, std::string_view name) {
  auto setting = exceptions_.read(text, name);
  if (!setting) setting = read_setting(text, name);
  if (setting)
    rules_.settings.push_back(std::move(*setting));
  else if (name.starts_with("sec") || name.starts_with("include"))
    text.doubt("the directive " + std::string(name));
  else
    text.refuse("what is no directive");
}

// Between targets and operator: blanks and ends of lines, which the library does not count.
char take_gap(Text& text) {
  const std::string_view before = text.rest();
  text.skip_blanks();
  text.take(std::min(text.rest().find_first_not_of("\\\r\n"), text.rest().size()));
  text.skip_blanks();
  if (text.rest().size() == before.size()) text.doubt("targets and operator without a blank between them");
  if (text.is_at("\\") || text.is_at("\n")) text.doubt("an empty line in a rule");
  const std::string_view gap = before.substr(0, before.size() - text.rest().size());
  const std::size_t mark = gap.find('\\');
  if (mark != std::string_view::npos && !gap.substr(mark + 1).starts_with('\n') &&
      !gap.substr(mark + 1).starts_with("\r\n"))
    text.doubt("a backslash before an operator");
  return text.accept("\"") ? '"' : ' ';
}

// The library takes text behind such a target for its key.
bool takes_text(const Target& target) {
  constexpr std::array collections{Variable::tx,      Variable::ip,   Variable::global,
                                   Variable::session, Variable::user, Variable::resource};
  return target.kind == Target::Key::none &&
         std::find(collections.begin(), collections.end(), target.variable) != collections.end();
}

void Policy::read_rule(Text& text, const Place& place) {
  Rule rule;
  rule.place = place;
  if (text.blanks() == 0) text.doubt("SecRule without a blank behind it");
  text.skip_blanks();
  const bool is_quoted = text.is_at("\"");
  rule.targets = read_targets(text);
  for (const Target& target : rule.targets)
    if (target.variable == Variable::other) rule.unsupported = "the variable " + target.written;
  const char end = take_gap(text);
  if (!is_quoted && takes_text(rule.targets.back()) && !text.is_at("@") && !text.is_at("!"))
    text.doubt("a bare pattern behind a whole collection");
  rule.op = read_operator(text, end);
  std::vector<Action> actions = read_actions_after_operator(text);
  if (text.is_stopped()) return;
  set_actions(rule, std::move(actions));
  const bool has_targets =
      std::any_of(rule.targets.begin(), rule.targets.end(), [](const Target& target) { return !target.is_excluded; });
  if (!has_targets) rule.unsupported = "it has no targets";
  drop_excluded(rule.targets);
  add(text, std::move(rule));
}

void Policy::add(Text& text, Rule rule) {
  if (chain_ != no_chain) {
    Rule& first = written_[chain_];
    if (std::any_of(rule.actions.begin(), rule.actions.end(), is_disruptive))
      return text.refuse("a disruptive action in a chain behind its first rule");
    rule.phase = first.phase;
    if (!is_chained_on(rule)) chain_ = no_chain;
    first.chained.push_back(std::move(rule));
    return;
  }
  if (rule.id == 0) return text.refuse("a rule without an id");
  if (!ids_.insert(rule.id).second) return text.refuse("there is already a rule with id " + std::to_string(rule.id));
  if (is_chained_on(rule)) chain_ = written_.size();
  written_.push_back(std::move(rule));
}

// A chain does not go on in the next text.
void Policy::end_source() {
  if (chain_ != no_chain) written_[chain_].unsupported = "its chain does not end";
  chain_ = no_chain;
  defaults_here_.clear();
}

std::vector<Action> Policy::read_actions_behind(Text& text) {
  if (text.rest().substr(text.blanks()).starts_with('\\')) {  // not counted
    text.skip_blanks();
    if (!text.accept("\\\n") && !text.accept("\\\r\n")) text.doubt("a backslash before actions");
  }
  text.skip_blanks();
  if (!text.accept("\"")) text.doubt("actions without quotes");
  text.skip_blanks();
  return read_actions(text);
}

void Policy::read_unconditional(Text& text, const Place& place) {
  Rule rule;
  rule.place = place;
  rule.op.name = "unconditionalmatch";
  std::vector<Action> actions = read_actions_behind(text);
  if (text.is_stopped()) return;
  set_actions(rule, std::move(actions));
  if (is_chained_on(rule)) rule.unsupported = "SecAction cannot begin a chain";
  written_.push_back(std::move(rule));
}

void Policy::read_marker(Text& text, const Place& place) {
  Rule rule;
  rule.place = place;
  if (!text.accept(" ")) text.doubt("SecMarker without a blank behind it");
  const bool is_quoted = text.accept("\"");
  rule.marker = text.take_until(", \t\"\r\n");
  if (is_quoted && !text.accept("\"")) text.doubt("a marker without its closing quote");
  if (rule.marker.empty() || rule.marker.find_first_of("\\'") != std::string::npos) text.doubt("an odd marker");
  if (!text.is_stopped()) written_.push_back(std::move(rule));
}

void Policy::read_default(Text& text) {
  std::vector<Action> actions = read_actions_behind(text);
  if (text.is_stopped()) return;
  constexpr std::array<std::string_view, 6> unfit{"id", "chain", "rev", "ver", "accuracy", "maturity"};
  for (const Action& action : actions)
    if (std::find(unfit.begin(), unfit.end(), action.name) != unfit.end() ||
        (action.name == "t" && equals_in_any_case(action.value, "none")))
      return text.refuse("SecDefaultAction with " + action.name);
  if (std::none_of(actions.begin(), actions.end(), is_disruptive))
    return text.refuse("SecDefaultAction without a disruptive action");
  const int phase = phase_of(actions);
  if (!defaults_here_.insert(phase).second) return text.refuse("a second SecDefaultAction for the phase");
  for (Action& action : actions) {
    if (action.name == "phase") continue;
    if (action.name == "t")
      default_transforms_.at(static_cast<std::size_t>(phase)).push_back(action.value);
    else
      rules_.defaults.at(static_cast<std::size_t>(phase)).push_back(std::move(action));
  }
}

// Those behind the last t:none; without one, the defaults first. Defaults count for rules before them, too.
std::vector<std::string> Policy::transforms_of(const Rule& rule, int phase) const {
  const auto& own = rule.written_transforms;
  const auto is_none = [](const std::string& name) { return equals_in_any_case(name, "none"); };
  const auto last = std::find_if(own.rbegin(), own.rend(), is_none).base();
  const bool has_none = std::any_of(own.begin(), own.end(), is_none);
  std::vector<std::string> names;
  if (!has_none) names = default_transforms_.at(static_cast<std::size_t>(phase));
  names.insert(names.end(), last, own.end());
  return names;
}

void Policy::resolve(Rule& rule, int phase) const {
  for (const std::string& name : transforms_of(rule, phase)) rule.transforms.push_back(*transform_named(name));
  exceptions_.update(rule);
  if (rule.id > 999'999'999) rule.unsupported = "its id is too large";
  if (phase == 0) rule.unsupported = "it is in phase 0";
  for (Rule& next : rule.chained) resolve(next, phase);
}

Result<Rules> Policy::finish() {
  if (refusal_) return *refusal_;
  for (Rule& rule : written_)
    if (!rule.is_marker()) resolve(rule, rule.phase);
  for (int phase = 0; phase < 6; ++phase)
    for (const Rule& rule : written_) {
      if (!rule.is_marker() && rule.phase != phase) continue;
      std::vector<Rule>& list = !rule.is_marker() && exceptions_.removes(rule) ? rules_.removed : rules_.rules;
      list.push_back(rule);
      list.back().phase = phase;
    }
  return std::move(rules_);
}

}  // namespace

const Action* Rule::action(std::string_view name) const {
  const auto found = std::find_if(actions.begin(), actions.end(), [&](const Action& a) { return a.name == name; });
  return found == actions.end() ? nullptr : &*found;
}

Assignment assignment_of(const Action& setvar) {
  std::string_view text = setvar.value;
  Assignment assignment;
  if (text.starts_with('!')) assignment.kind = Assignment::Kind::remove;
  text.remove_prefix(text.starts_with('!') ? 1 : 0);
  const std::size_t point = text.find_first_of(".:");
  assignment.collection = variable_named(text.substr(0, point));
  const std::size_t equals = text.find('=');
  assignment.name = text.substr(point + 1, equals == std::string_view::npos ? equals : equals - point - 1);
  if (equals == std::string_view::npos) {
    if (assignment.kind == Assignment::Kind::set) assignment.value = "1";
    return assignment;
  }
  text.remove_prefix(equals + 1);
  if (text.starts_with('+')) assignment.kind = Assignment::Kind::add;
  if (text.starts_with('-')) assignment.kind = Assignment::Kind::subtract;
  assignment.value = text.substr(assignment.kind == Assignment::Kind::set ? 0 : 1);
  return assignment;
}

Result<Rules> parse(const std::vector<Source>& sources) {
  Policy policy;
  for (const Source& source : sources) {
    policy.read(source);
    if (policy.is_stopped()) break;
  }
  return policy.finish();
}

}  // namespace ravelin::waf::plan
