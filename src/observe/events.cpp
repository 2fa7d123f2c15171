#include "observe/events.h"

#include <algorithm>
#include <cstdint>

#include "base/json_buffer.h"
#include "observe/event_fields.h"

namespace ravelin::observe {

namespace {

/// Alert is one security line in the making.
struct Alert {
  std::string_view module;
  std::string_view reason;
  std::string_view detail;
  const Incident* incident = nullptr;
  Action action = Action::detected;
  Judged judged{};
};

// The part of a stable code behind the colon: "942100", "login".
std::string_view subject(std::string_view reason) {
  const std::size_t colon = reason.find(':');
  return colon == std::string_view::npos ? std::string_view() : reason.substr(colon + 1);
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_security(std::string_view reason) {
  return !reason.starts_with("upstream:") && !reason.starts_with("gateway:") && !reason.starts_with("route:");
}

bool is_alert(const Decision& decision) {
  const bool is_harmless = decision.kind == DecisionKind::pass || decision.kind == DecisionKind::skip ||
                           decision.kind == DecisionKind::answer;
  return !is_harmless && is_security(decision.reason);
}

Action action_of(const Decision& decision) {
  switch (decision.kind) {
    case DecisionKind::reject:
    case DecisionKind::drop:
    case DecisionKind::failed_closed: break;
    default: return Action::detected;
  }
  // The core's "limit:request_body" and the like are bounds of one request, not of a rate.
  const bool is_limit = decision.reason.starts_with("limit:") && decision.module != "core";
  return is_limit ? Action::limited : Action::blocked;
}

bool is_about(const Incident& incident, const Decision& decision) {
  return incident.module == decision.module && incident.reason == decision.reason;
}

const Incident* incident_of(const Exchange& exchange, const Decision& decision) {
  for (const Incident& incident : exchange.incidents) {
    if (is_about(incident, decision)) return &incident;
  }
  return nullptr;
}

void write_rule(JsonBuffer& json, const Alert& alert) {
  std::string_view id = subject(alert.reason);
  if (!is_number(id)) id = {};
  if (id.empty() && alert.incident != nullptr && !alert.incident->rules.empty()) id = alert.incident->rules.front();
  if (id.empty()) return;
  json.literal("\"rule\":{\"id\":");
  json.string(id);
  if (alert.incident != nullptr && !alert.incident->rule_name.empty()) {
    json.literal("\"name\":");
    json.string(alert.incident->rule_name);
  }
  json.close('}');
}

void write_judged(JsonBuffer& json, const Judged& judged) {
  if (judged.engine.empty()) return;
  json.literal("\"engine\":");
  json.string(judged.engine);
  if (judged.is_rechecked) json.literal("\"rechecked\":true,");
}

void write_waf(JsonBuffer& json, const Alert& alert) {
  const bool has_rules = alert.incident != nullptr && !alert.incident->rules.empty();
  if (!has_rules && alert.judged.engine.empty()) return;
  json.literal("\"waf\":{");
  if (has_rules) {
    json.literal("\"rules\":[");
    for (const std::string& rule : alert.incident->rules) json.string(rule);
    json.close(']');
    json.literal("\"score\":");
    json.number(alert.incident->score);
  }
  write_judged(json, alert.judged);
  json.close('}');
}

// What `module` judged by, if it decided about the exchange and has several engines.
Judged judged_of(const Exchange& exchange, std::string_view module) {
  for (const Decision& decision : exchange.decisions)
    if (decision.module == module && !decision.judged.engine.empty()) return decision.judged;
  return {};
}

void write_jail(JsonBuffer& json, std::string_view reason) {
  if (!reason.starts_with("ban:")) return;
  json.literal("\"jail\":");
  json.string(subject(reason));
}

void begin_security(JsonBuffer& json, Action action, std::string_view reason, WallTime now) {
  json.literal("{\"@timestamp\":\"");
  json.timestamp(now);
  json.literal("\",\"event\":{\"kind\":\"alert\",\"dataset\":\"ravelin.security\",\"action\":\"");
  json.raw(to_string(action));
  json.literal("\",\"reason\":");
  json.string(reason);
}

void write_judgement(JsonBuffer& json, const Alert& alert) {
  json.literal("\"module\":");
  json.string(alert.module);
  json.literal("\"reason\":");
  json.string(alert.reason);
  write_waf(json, alert);
  write_jail(json, alert.reason);
  if (!alert.detail.empty()) {
    json.literal("\"detail\":");
    write_masked_text(json, alert.detail);
  }
}

void append_alert(std::string& out, const Exchange& exchange, const Alert& alert, WallTime now) {
  JsonBuffer json;
  begin_security(json, alert.action, alert.reason, now);
  json.literal("\"duration\":");
  json.number(duration_of(exchange.times));
  json.close('}');
  write_request(json, exchange);
  write_rule(json, alert);
  json.literal("\"ravelin\":{");
  write_place(json, exchange);
  write_judgement(json, alert);
  json.close('}');
  json.close('}');
  json.end_line();
  out.append(json.view());
}

void append_decision(std::string& out, const Exchange& exchange, const Decision& decision, WallTime now) {
  const Incident* incident = incident_of(exchange, decision);
  Alert alert{decision.module, decision.reason, decision.detail, incident, action_of(decision), decision.judged};
  if (alert.detail.empty() && incident != nullptr) alert.detail = incident->detail;
  append_alert(out, exchange, alert, now);
}

}  // namespace

void append_access(std::string& out, const Exchange& exchange, WallTime now) {
  JsonBuffer json;
  json.literal("{\"@timestamp\":\"");
  json.timestamp(now);
  json.literal("\",\"event\":{\"kind\":\"event\",\"dataset\":\"ravelin.access\",\"duration\":");
  json.number(duration_of(exchange.times));
  json.close('}');
  write_request(json, exchange);
  json.literal("\"ravelin\":{");
  write_place(json, exchange);
  if (!exchange.reason.empty()) {
    json.literal("\"reason\":");
    json.string(exchange.reason);
  }
  if (!exchange.ended_by.empty()) {
    json.literal("\"ended_by\":");
    json.string(exchange.ended_by);
  }
  if (const Judged judged = judged_of(exchange, "waf"); !judged.engine.empty()) {
    json.literal("\"waf\":{");
    write_judged(json, judged);
    json.close('}');
  }
  json.literal("\"times\":{");
  visit_times(exchange.times, [&](const auto& name, std::int64_t nanoseconds) {
    json.literal(name);
    json.number(nanoseconds);
  });
  json.close('}');
  json.close('}');
  json.close('}');
  json.end_line();
  out.append(json.view());
}

void append_security(std::string& out, const Exchange& exchange, WallTime now) {
  for (const Decision& decision : exchange.decisions) {
    if (is_alert(decision)) append_decision(out, exchange, decision, now);
  }
  for (const Incident& incident : exchange.incidents) {
    const bool is_told = std::any_of(exchange.decisions.begin(), exchange.decisions.end(),
                                     [&](const Decision& d) { return is_alert(d) && is_about(incident, d); });
    if (is_told && incident.action == Action::detected) continue;
    append_alert(out, exchange,
                 {incident.module, incident.reason, incident.detail, &incident, incident.action,
                  judged_of(exchange, incident.module)},
                 now);
  }
}

void append_refused_connection(std::string& out, const Peer& peer, std::string_view module, std::string_view reason,
                               WallTime now) {
  JsonBuffer json;
  begin_security(json, Action::blocked, reason, now);
  json.close('}');
  write_peer(json, peer);
  json.literal("\"ravelin\":{");
  write_judgement(json, {module, reason, {}, nullptr, Action::blocked, {}});
  json.close('}');
  json.close('}');
  json.end_line();
  out.append(json.view());
}

void append_late(std::string& out, const LateIncident& late) {
  const Incident& incident = late.incident;
  const Alert alert{incident.module, incident.reason, incident.detail,
                    &incident,       incident.action, {late.engine, false}};
  JsonBuffer json;
  begin_security(json, alert.action, alert.reason, late.time);
  json.close('}');
  write_request(json, late);
  write_rule(json, alert);
  json.literal("\"ravelin\":{");
  if (!late.route.empty()) {
    json.literal("\"route\":");
    json.string(late.route);
  }
  write_judgement(json, alert);
  json.close('}');
  json.close('}');
  json.end_line();
  out.append(json.view());
}

void append_ban(std::string& out, const Ban& ban, Action action, WallTime now) {
  JsonBuffer json;
  begin_security(json, action, ban.reason, now);
  json.close('}');
  json.literal("\"client\":{\"ip\":\"");
  json.address(ban.prefix.address());
  json.literal("\"},\"ravelin\":{\"module\":\"ban\",\"reason\":");
  json.string(ban.reason);
  json.literal("\"jail\":");
  json.string(ban.jail);
  json.literal("\"ban\":{\"prefix\":");
  json.string(ban.prefix.to_string());
  json.literal("\"times\":");
  json.number(ban.times);
  json.literal("\"until\":\"");
  json.timestamp(ban.until);
  json.literal("\",");
  if (!ban.author.empty()) {
    json.literal("\"author\":");
    json.string(ban.author);
  }
  json.close('}');
  if (!ban.evidence.empty()) {
    json.literal("\"detail\":");
    write_masked_text(json, ban.evidence);
  }
  json.close('}');
  json.close('}');
  json.end_line();
  out.append(json.view());
}

}  // namespace ravelin::observe
