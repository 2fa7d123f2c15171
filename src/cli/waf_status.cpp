#include "cli/waf_status.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

namespace ravelin::cli {
namespace {

using nlohmann::json;

constexpr std::size_t most_gaps = 10;

std::string text_of(const json& from, const char* name) { return from.value(name, std::string()); }
std::uint64_t number_of(const json& from, const std::string& name) { return from.value(name, std::uint64_t{0}); }
json object_of(const json& from, const std::string& name) { return from.value(name, json::object()); }
json list_of(const json& from, const std::string& name) { return from.value(name, json::array()); }

std::string print(double value, const char* unit) {
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.3g %s", value, unit);
  return text.data();
}

std::string print_time(double seconds) {
  if (seconds >= 1) return print(seconds, "s");
  return seconds >= 0.001 ? print(seconds * 1e3, "ms") : print(seconds * 1e6, "us");
}

std::string share(std::uint64_t part, std::uint64_t all) {
  return all == 0 ? "" : " (" + print(100.0 * static_cast<double>(part) / static_cast<double>(all), "%") + ")";
}

std::string join(const json& list) {
  std::string text;
  for (const json& each : list) text += (text.empty() ? "" : ", ") + each.get<std::string>();
  return text;
}

/// Page collects lines of a label and a text.
class Page {
 public:
  void title(const std::string& text) { out_.append(out_.empty() ? "" : "\n").append(text).append("\n"); }
  void line(std::string_view label, const std::string& text) {
    constexpr std::size_t width = 12;
    out_.append("  ").append(label).append(label.size() < width ? width - label.size() : 1, ' ');
    out_.append(text).append("\n");
  }
  std::string take() { return std::move(out_); }

 private:
  std::string out_;
};

void show_title(Page& page, const json& policy) {
  const std::string routes = join(list_of(policy, "routes"));
  page.title((routes.empty() ? "no route" : "routes " + routes) + ": " + text_of(policy, "mode") + ", engine " +
             text_of(policy, "engine"));
  page.line("rules", std::to_string(number_of(policy, "rules_loaded")) + " in force, from " +
                         join(list_of(policy, "rule_sources")));
}

void show_fast_path(Page& page, const json& fast) {
  const std::string state = text_of(fast, "state");
  const json compilation = object_of(fast, "compilation");
  if (state == "ready") {
    const std::uint64_t anew = number_of(compilation, "compiled_sets");
    page.line("fast path", "ready, compiled in " + print_time(compilation.value("cpu_seconds", 0.0)) + ", " +
                               (anew == 0 ? "all from the cache" : std::to_string(anew) + " sets of patterns anew"));
  } else if (state == "compiling") {
    page.line("fast path", "is being compiled; until then libmodsecurity judges every request");
  } else {
    page.line("fast path", "off, libmodsecurity judges every request: " + text_of(fast, "why"));
  }
}

void show_phases(Page& page, const json& fast) {
  for (const json& phase : list_of(fast, "phases")) {
    const std::uint64_t rules = number_of(phase, "rules");
    if (rules == 0) continue;
    std::string text = std::to_string(rules) + " rules, judged by " + text_of(phase, "judged_by");
    if (phase.contains("planned"))
      text += "; " + std::to_string(number_of(phase, "planned")) + " planned, the outcome of " +
              std::to_string(number_of(phase, "evaluated")) + " depends on the request";
    page.line("phase " + std::to_string(number_of(phase, "phase")), text);
  }
}

void show_gaps(Page& page, const json& fast) {
  std::size_t shown = 0;
  for (const json& gap : list_of(fast, "unplanned")) {
    if (++shown > most_gaps) break;
    const std::uint64_t phase = number_of(gap, "phase");
    page.line("not planned", (phase == 0 ? "" : "phase " + std::to_string(phase) + ": ") + text_of(gap, "why"));
  }
  const std::uint64_t all = number_of(fast, "gaps");
  if (all > most_gaps) page.line("", "and " + std::to_string(all - most_gaps) + " more, see --json");
}

void show_unscored(Page& page, const json& fast) {
  const json list = list_of(fast, "unscored");
  if (list.empty()) return;
  const std::string more = list.size() > 1 ? ", and " + std::to_string(list.size() - 1) + " more, see --json" : "";
  page.line("not scored", list.front().get<std::string>() + more);
}

// Names that this program does not know are shown as well: the gateway may be of another version.
std::string counts(const json& from, const std::vector<std::string>& left_out, std::uint64_t all) {
  std::string text;
  for (const auto& [name, value] : from.items()) {
    if (std::find(left_out.begin(), left_out.end(), name) != left_out.end() || !value.is_number_unsigned()) continue;
    text += (text.empty() ? "" : ", ") + std::to_string(value.get<std::uint64_t>()) + " " + name +
            share(value.get<std::uint64_t>(), all);
  }
  return text;
}

// Because of which rules requests were not clean, of those that `judge` judged.
void show_rules(Page& page, const json& policy, const std::string& judge, std::uint64_t all) {
  const std::string title = judge == "library" ? "by rule" : "scored by";
  for (const json& rule : list_of(policy, judge + "_by_rule")) {
    const std::uint64_t requests = number_of(rule, "requests");
    const std::string message = text_of(rule, "message");
    page.line(title, text_of(rule, "rule") + ": " + std::to_string(requests) + share(requests, all) +
                         (message.empty() ? "" : ", " + message));
  }
  if (const std::uint64_t others = number_of(policy, judge + "_by_other_rules"); others > 0)
    page.line(title, "others: " + std::to_string(others));
}

void show_requests(Page& page, const json& policy) {
  const json proofs = object_of(policy, "proofs");
  const std::uint64_t all = number_of(proofs, "requests");
  page.line("requests", all == 0 ? "none tried so far" : counts(proofs, {"requests", "library_share"}, all));
  show_rules(page, policy, "library", all);
  for (const json& doubt : list_of(policy, "library_by_doubt")) {
    const std::uint64_t requests = number_of(doubt, "requests");
    page.line("by doubt", text_of(doubt, "why") + ": " + std::to_string(requests) + share(requests, all));
  }
  show_rules(page, policy, "scored", all);
}

void show_rechecks(Page& page, const json& policy) {
  const json rechecks = object_of(policy, "rechecks");
  const std::uint64_t one_in = number_of(rechecks, "one_in");
  page.line("rechecks", (one_in == 0   ? "none"
                         : one_in == 1 ? "every clean request"
                                       : "one in " + std::to_string(one_in)) +
                            ": " + counts(rechecks, {"one_in"}, 0));
}

// The bound below which so much of all is; "more than" the last one.
std::string quantile(const json& cost, double wanted) {
  const auto all = static_cast<double>(number_of(cost, "requests"));
  std::uint64_t below = 0;
  std::string bound;
  for (const json& each : list_of(cost, "classes")) {
    if (!each.contains("up_to_seconds")) return "more than " + bound;
    bound = print_time(each["up_to_seconds"].get<double>());
    below += number_of(each, "requests");
    if (static_cast<double>(below) >= wanted * all) return "at most " + bound;
  }
  return bound;
}

void show_cost(Page& page, std::string_view label, const json& cost) {
  const std::uint64_t requests = number_of(cost, "requests");
  if (requests == 0) return;
  page.line(label, print_time(cost.value("mean_cpu_seconds", 0.0)) + " of processor time on average, " +
                       print_time(cost.value("most_cpu_seconds", 0.0)) + " at most; of " + std::to_string(requests) +
                       " half " + quantile(cost, 0.5) + ", 99 % " + quantile(cost, 0.99));
}

void show_policy(Page& page, const json& policy) {
  const json fast = object_of(policy, "fast_path");
  const json cost = object_of(policy, "cost");
  show_title(page, policy);
  show_fast_path(page, fast);
  show_phases(page, fast);
  show_gaps(page, fast);
  show_unscored(page, fast);
  const bool has_plan = text_of(fast, "state") != "off" || number_of(object_of(policy, "proofs"), "requests") > 0;
  if (has_plan) {
    show_requests(page, policy);
    show_rechecks(page, policy);
  }
  show_cost(page, "a proof", object_of(cost, "proof"));
  show_cost(page, "the library", object_of(cost, "library"));
}

}  // namespace

// The boundary for what the JSON library throws.
std::string waf_status_text(std::string_view text) try {
  const json answer = json::parse(text);
  Page page;
  for (const json& policy : answer.at("instances")) show_policy(page, policy);
  if (answer["instances"].empty())
    page.title("there is no waf: the configuration does not list it, or has it off everywhere");
  const std::string off = join(list_of(answer, "off_routes"));
  if (!off.empty()) page.title("routes " + off + ": without a waf");
  return page.take();
} catch (const json::exception&) {
  return std::string(text);
}

}  // namespace ravelin::cli
