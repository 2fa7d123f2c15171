#include "modules/waf/plan/prover.h"

#include <algorithm>
#include <bit>
#include <optional>
#include <utility>

namespace ravelin::waf::plan {
namespace {

constexpr ByteClasses alphanumeric = ByteClasses::lower | ByteClasses::upper | ByteClasses::digit;
constexpr ByteClasses wordlike = alphanumeric | ByteClasses::word;

bool is_argument(Variable variable) {
  return static_cast<unsigned>(variable) <= static_cast<unsigned>(Variable::args_post_names);
}

bool is_of_body(Variable variable) {
  switch (variable) {
    case Variable::request_body:
    case Variable::request_body_length:
    case Variable::reqbody_processor:
    case Variable::reqbody_error:
    case Variable::reqbody_processor_error:
    case Variable::full_request:
    case Variable::full_request_length:
    case Variable::args_combined_size:
    case Variable::multipart_strict_error:
    case Variable::multipart_unmatched_boundary:
    case Variable::files_combined_size: return true;
    default: return false;
  }
}

}  // namespace

Prover::Prover(std::shared_ptr<const Plan> plan, Remembers remembers, std::uint32_t json_depth,
               std::chrono::nanoseconds effort)
    : plan_(std::move(plan)),
      remembers_(remembers),
      values_(json_depth, plan_->reads_xml()),
      run_(values_, effort),
      tried_(plan_->steps().size()) {
  for (std::size_t kind = 0; kind < kind_count; ++kind)
    for (const Scanner& scanner : plan_->reach(static_cast<Kind>(kind)).scanners)
      is_unfit_ = !scanner.fit(scratch_) || is_unfit_;
}

Proof Prover::judge(const Request& request, Spend spend) {
  start(Purpose::proof, spend);
  if (is_unfit_) return {false, 0, "the scanner has no memory"};
  values_.collect_head(request);
  if (values_.doubt().empty()) look_at_head();
  if (shows(0, plan_->second_phase())) return proof_;
  values_.collect_body(request);
  if (values_.doubt().empty()) look_at_body();
  if (shows(plan_->second_phase(), static_cast<unsigned>(plan_->steps().size()))) return proof_;
  proof_.is_clean = !run_.has_score();
  if (!proof_.is_clean) proof_.doubt = "a rule that does not show has changed the score";
  return proof_;
}

Score Prover::score(const Request& request, Spend spend) {
  start(Purpose::score, spend);
  if (is_unfit_ || !plan_->unscored().empty()) return {};
  const Scoring& scoring = plan_->scoring();
  values_.collect_head(request);
  if (values_.doubt().empty()) look_at_head();
  if (scores(0, scoring.second_phase)) {
    values_.collect_body(request);
    if (values_.doubt().empty()) look_at_body();
    scores(scoring.second_phase, static_cast<unsigned>(scoring.steps.size()));
  }
  const int anomaly = run_.score();
  if (is_lost()) return {false, proof_.rule, proof_.doubt, {}, 0, 0};
  return {true, 0, {}, run_.hits(), anomaly, run_.refusal()};
}

// Of a body that is not taken apart as the library does, the whole is looked at as one value.
bool Prover::affords(const Request& request) {
  start(Purpose::proof, Spend::all);
  is_probing_ = true;
  values_.collect_head(request);
  const bool is_head_known = values_.doubt().empty();
  values_.collect_body(request);
  look_at_head();
  look_at_body();
  const bool is_in_parts = values_.doubt().empty();
  if (!is_in_parts) look_at({bit(Variable::args), Kind::argument, {}, request.body});
  is_probing_ = false;
  if (is_head_known && !is_in_parts && request.format == BodyFormat::json) return false;  // there is too much of names
  return !is_unfit_ && !run_.is_spent();
}

void Prover::start(Purpose purpose, Spend spend) {
  found_.clear();
  kept_.clear();
  looked_at_.fill(0);
  proof_ = {};
  has_failed_ = false;
  is_probing_ = false;
  run_.start(purpose, spend);
  if (plan_->captures_apart()) run_.note_captures();
}

void Prover::look_at_head() {
  Variables singles = 0;
  for (unsigned i = 0; i <= static_cast<unsigned>(Variable::server_port); ++i)
    if (const auto variable = static_cast<Variable>(i); !is_of_body(variable) && !is_collection(variable))
      singles |= bit(variable);
  look_at_singles(singles);
  look_at_arguments(Variable::args, Variable::args_get, Variable::args_post);
  look_at_arguments(Variable::args_names, Variable::args_get_names, Variable::args_post_names);
  look_at_collections();
}

void Prover::look_at_body() {
  Variables singles = 0;
  for (unsigned i = 0; i <= static_cast<unsigned>(Variable::server_port); ++i)
    if (const auto variable = static_cast<Variable>(i); is_of_body(variable)) singles |= bit(variable);
  look_at_singles(singles);
  look_at_arguments(Variable::args, Variable::args_get, Variable::args_post);
  look_at_arguments(Variable::args_names, Variable::args_get_names, Variable::args_post_names);
  look_at_collections();
}

void Prover::look_at_collections() {
  for (unsigned i = 0; i <= static_cast<unsigned>(Variable::server_port); ++i)
    if (const auto variable = static_cast<Variable>(i); is_collection(variable) && !is_argument(variable))
      look_at_items(variable);
}

// Variables that have the same text (the target, with and without a query that is not there) are one subject.
void Prover::look_at_singles(Variables left) {
  for (left &= plan_->looked_at(); left != 0;) {
    const auto first = static_cast<Variable>(std::countr_zero(left));
    Subject subject{0, kind_of(first), {}, values_.of(first).front().value};
    for (Variables rest = left; rest != 0; rest &= rest - 1) {
      const auto variable = static_cast<Variable>(std::countr_zero(rest));
      if (kind_of(variable) == subject.kind && values_.of(variable).front().value == subject.value)
        subject.variables |= bit(variable);
    }
    left &= ~subject.variables;
    look_at(subject);
  }
}

void Prover::look_at_items(Variable variable) {
  if ((plan_->looked_at() & bit(variable)) == 0) return;
  std::size_t& done = looked_at_[static_cast<std::size_t>(variable)];
  const auto items = values_.of(variable);
  for (; done < items.size(); ++done) look_at({bit(variable), kind_of(variable), items[done].name, items[done].value});
}

// An argument is in two variables: ARGS has those of the query, which ARGS_GET has, then those of ARGS_POST.
void Prover::look_at_arguments(Variable all, Variable of_query, Variable of_body) {
  std::size_t& done = looked_at_[static_cast<std::size_t>(all)];
  const auto items = values_.of(all);
  const std::size_t end_of_query = values_.of(of_query).size();
  const std::size_t begin_of_body = items.size() - values_.of(of_body).size();
  for (; done < items.size(); ++done) {
    Subject subject{bit(all), kind_of(all), items[done].name, items[done].value};
    if (done < end_of_query) subject.variables |= bit(of_query);
    if (done >= begin_of_body) subject.variables |= bit(of_body);
    look_at(subject);
  }
}

// The memo has what was found nothing in, for these variables and this name.
void Prover::look_at(const Subject& subject) {
  const bool is_memorable = remembers_ == Remembers::clean_values;
  if (is_memorable && memo_.knows(subject.variables, subject.name, subject.value)) return;
  const std::size_t before = found_.size();
  look_into(subject);
  if (is_memorable && found_.size() == before && !has_failed_ && !run_.is_in_doubt())
    memo_.learn(subject.variables, subject.name, subject.value);
}

Chains Prover::chains_of(const Subject& subject) const {
  Chains chains = 0;
  for (Variables rest = subject.variables; rest != 0; rest &= rest - 1)
    chains |= plan_->chains(static_cast<Variable>(std::countr_zero(rest)), subject.name);
  return chains;
}

void Prover::look_into(const Subject& subject) {
  const Chains chains = chains_of(subject);
  if (chains == 0 || run_.is_in_doubt()) return;
  subject_ = subject;
  plan_->forest().grow(subject.value, chains, growth_);
  for (const Growth::Text& text : growth_.texts())
    if (text.chains != 0) look_for(text.text, text.classes, text.chains);
}

void Prover::look_for(std::string_view text, ByteClasses classes, Chains chains) {
  ++text_number_;
  const Reach& reach = plan_->reach(subject_.kind);
  const auto found = [&](unsigned pattern) {
    for (const Use& use : plan_->uses(pattern)) note(use, text, chains);
  };
  if (text.empty()) {
    for (const unsigned pattern : reach.open) found(pattern);
    return;
  }
  for (std::size_t i = 0; i == 0 || has_any(classes, ~Reach::alphabets[i - 1]); ++i) {
    has_failed_ = !reach.scanners[i].scan(text, scratch_, found) || has_failed_;
    for (const unsigned pattern : reach.scanners[i].unscanned()) found(pattern);
  }
  if (has_any(classes, ~alphanumeric)) look_for_injection(reach.sql, text, chains);
  if (has_any(classes, ~wordlike)) look_for_injection(reach.html, text, chains);
}

void Prover::look_for_injection(const std::vector<Use>& uses, std::string_view text, Chains chains) {
  for (const Use& use : uses) note(use, text, chains);
}

// What the scanner reports is asked of the rule itself, once per text: a header in which nothing is found
// after all can be remembered.
void Prover::note(const Use& use, std::string_view text, Chains chains) {
  const Variables variables = use.variables & subject_.variables;
  if (variables == 0 || (use.chains & chains) == 0 || tried_[use.step] == text_number_) return;
  tried_[use.step] = text_number_;
  const Step& step = plan_->steps()[use.step];
  const Link& link = step.first();
  std::optional<bool> does_match;
  for (Variables rest = variables; rest != 0; rest &= rest - 1) {
    const auto variable = static_cast<Variable>(std::countr_zero(rest));
    if (!run_.affords_picking(link, subject_.name.size())) return;
    if (!link.picks(variable, subject_.name)) continue;
    // What is not asked counts as found, so that it is not remembered as clean. For a score it is asked again.
    if (!does_match) does_match = is_asked_later(step, text) || run_.holds(link, *link.matcher, text);
    if (!*does_match) return;
    if (step.is_apart && !is_probing_ && !run_.shows_of(step, {use.step, variable, subject_.name, text})) continue;
    found_.push_back({use.step, variable, subject_.name, kept(text)});
  }
}

bool Prover::is_asked_later(const Step& step, std::string_view text) const {
  return run_.purpose() == Purpose::score && !step.is_apart && Run::takes_long(step.first(), text.size());
}

// The text of a growth lives until the next.
std::string_view Prover::kept(std::string_view text) {
  if (text.data() == subject_.value.data()) return text;
  if (kept_.empty() || kept_.back() != text) kept_.emplace_back(text);
  return kept_.back();
}

bool Prover::is_lost() {
  if (values_.doubt().empty() && !has_failed_ && !run_.is_in_doubt()) return false;
  if (proof_.doubt.empty())
    proof_.doubt = has_failed_ ? "the scanner failed" : run_.is_in_doubt() ? run_.doubt() : values_.doubt();
  return true;
}

// Steps in order: those that are always evaluated, and those that something was found for.
bool Prover::shows(unsigned from, unsigned to) {
  if (is_lost()) return true;
  std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.step < b.step; });
  const auto& always = plan_->always();
  auto due = std::lower_bound(always.begin(), always.end(), from);
  auto found =
      std::lower_bound(found_.begin(), found_.end(), from, [](const Found& a, unsigned step) { return a.step < step; });
  while (true) {
    const unsigned next_due = due == always.end() ? to : *due;
    const unsigned next_found = found == found_.end() ? to : found->step;
    const unsigned step = std::min(next_due, next_found);
    if (step >= to) return false;
    auto end = found;
    while (end != found_.end() && end->step == step) ++end;
    if (shows(plan_->steps()[step], std::span<const Found>(found, end))) return true;
    found = end;
    if (next_due == step) ++due;
  }
}

// The same for a score, where no step is the last but one that refuses. False: there is no more to be done.
bool Prover::scores(unsigned from, unsigned to) {
  if (is_lost()) return false;
  const Scoring& scoring = plan_->scoring();
  due_.clear();
  for (const unsigned step : scoring.always)
    if (step >= from && step < to) due_.push_back({step, {}});
  std::stable_sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.step < b.step; });
  for (auto found = found_.begin(); found != found_.end();) {
    auto end = found;
    while (end != found_.end() && end->step == found->step) ++end;
    const unsigned step = scoring.of_proof[found->step];
    if (step != Scoring::none && step >= from && step < to) due_.push_back({step, {found, end}});
    found = end;
  }
  std::sort(due_.begin(), due_.end(), [](const Due& a, const Due& b) { return a.step < b.step; });
  for (const Due& due : due_) {
    const Step& step = scoring.steps[due.step];
    run_.scores(step, due.found);
    if (run_.is_in_doubt()) {
      proof_.rule = step.id;
      proof_.doubt = run_.doubt();
      return false;
    }
    if (run_.refusal() != 0) return false;
  }
  return true;
}

bool Prover::shows(const Step& step, std::span<const Found> found) {
  const bool does_match = run_.matches(step, found);
  if (run_.is_in_doubt()) {
    proof_.rule = step.id;
    proof_.doubt = run_.doubt();
    return true;
  }
  if (!does_match || !step.is_visible) return false;
  proof_.rule = step.id;
  return true;
}

}  // namespace ravelin::waf::plan
