#include "observe/explain.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>

namespace ravelin::observe {

namespace {

using Json = nlohmann::ordered_json;

std::string text_of(const Json& json, const char* name) { return json.value(name, std::string()); }

// Three digits are enough for people: 950 ns, 12.3 us, 1.25 ms, 30.1 s.
std::string print_time(std::int64_t nanoseconds) {
  constexpr std::array<const char*, 4> units{"ns", "us", "ms", "s"};
  auto value = static_cast<double>(nanoseconds);
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < units.size()) {
    value /= 1000;
    ++unit;
  }
  std::array<char, 48> text{};
  std::snprintf(text.data(), text.size(), "%.3g %s", value, units[unit]);
  return text.data();
}

/// Page collects lines of a label and a text.
class Page {
 public:
  void line(std::string_view label, const std::string& text) {
    if (text.empty()) return;
    out_.append("  ").append(label);
    out_.append(label.size() < label_width ? label_width - label.size() : 1, ' ');
    out_.append(text).append("\n");
  }
  void title(const std::string& text) { out_.append(text).append("\n"); }
  std::string take() { return std::move(out_); }

 private:
  static constexpr std::size_t label_width = 11;
  std::string out_;
};

// Joins what is there: after(", ", "") adds nothing.
std::string after(std::string_view before, const std::string& text) {
  return text.empty() ? std::string() : std::string(before) + text;
}

void explain_title(Page& page, const Json& json) {
  const int status = json.value("status", 0);
  std::string title = "Request " + text_of(json, "id") + " at " + text_of(json, "time") + ": ";
  title += status == 0 ? "no response" : std::to_string(status);
  page.title(title + after(", ", text_of(json, "reason")));
}

void explain_peer(Page& page, const Json& json) {
  const Json tls = json.value("tls", Json::object());
  const std::string version = text_of(tls, "version");
  page.line("peer", text_of(json, "peer") + after(" on listener ", text_of(json, "listener")) +
                        (version.empty() ? ", plain" : ", TLS " + version) +
                        after(" for ", text_of(tls, "server_name")));
  std::string hops;
  for (const Json& hop : json.value("hops", Json::array())) hops += (hops.empty() ? "" : ", ") + hop.get<std::string>();
  page.line("client", text_of(json, "client") + after(", known by ", text_of(json, "client_known_by")) +
                          after(", behind ", hops));
}

void explain_request(Page& page, const Json& json) {
  const Json request = json.value("request", Json::object());
  page.line("request", text_of(request, "method") + " " + text_of(request, "host") + text_of(request, "path") +
                           after("?", text_of(request, "query")) + " HTTP/" + text_of(request, "version") + ", body " +
                           std::to_string(request.value("body_bytes", std::uint64_t{0})) + " bytes");
  const std::string route = text_of(json, "route");
  page.line("route", route.empty() ? "none" : route);
}

void explain_decisions(Page& page, const Json& json) {
  for (const Json& decision : json.value("decisions", Json::array())) {
    page.line(text_of(decision, "module"), text_of(decision, "verdict") + after("  ", text_of(decision, "reason")) +
                                               after("  at ", text_of(decision, "place")));
    page.line("", text_of(decision, "detail"));
    const bool is_rechecked = decision.value("rechecked", false);
    page.line("", after("judged by ", text_of(decision, "engine")) + (is_rechecked ? ", rechecked" : ""));
  }
}

void explain_incidents(Page& page, const Json& json) {
  for (const Json& incident : json.value("incidents", Json::array())) {
    const int score = incident.value("score", 0);
    page.line("incident", text_of(incident, "module") + " " + text_of(incident, "action") +
                              after("  ", text_of(incident, "reason")) + after("  ", text_of(incident, "rule_name")) +
                              (score > 0 ? ", score " + std::to_string(score) : ""));
    page.line("", text_of(incident, "detail"));
    std::string rules;
    for (const Json& rule : incident.value("rules", Json::array())) rules += " " + rule.get<std::string>();
    page.line("", after("rules", rules));
  }
}

void explain_outcome(Page& page, const Json& json) {
  const std::string upstream = text_of(json, "upstream");
  const auto attempts = json.value("attempts", 0U);
  page.line("upstream", upstream.empty() ? "not asked"
                                         : upstream + after(", endpoint ", text_of(json, "endpoint")) + ", " +
                                               std::to_string(attempts) + (attempts == 1 ? " attempt" : " attempts"));
  const int status = json.value("status", 0);
  page.line("response", (status == 0 ? "none" : std::to_string(status)) + ", body " +
                            std::to_string(json.value("response_body_bytes", std::uint64_t{0})) + " bytes" +
                            after(", ended by ", text_of(json, "ended_by")));
  std::string times = print_time(json.value("duration", std::int64_t{0}));
  const Json steps = json.value("times", Json::object());
  for (const auto& [name, value] : steps.items()) times += ", " + name + " " + print_time(value.get<std::int64_t>());
  page.line("time", times);
}

}  // namespace

// The boundary for what the JSON library throws.
std::string explain_text(std::string_view json) try {
  const Json record = Json::parse(json);
  Page page;
  explain_title(page, record);
  explain_peer(page, record);
  explain_request(page, record);
  explain_decisions(page, record);
  explain_incidents(page, record);
  explain_outcome(page, record);
  return page.take();
} catch (const Json::exception&) {
  return std::string(json);
}

}  // namespace ravelin::observe
