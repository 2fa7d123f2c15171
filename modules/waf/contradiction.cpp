#include "modules/waf/contradiction.h"

#include <utility>

#include "modules/waf/mask.h"

namespace ravelin::waf {
namespace {

constexpr std::size_t longest_outline = 256;

std::string outline_of(const RequestHead& head, std::uint64_t body_bytes) {
  std::string outline = "fields";
  for (const Field& field : head.fields) outline.append(" ").append(field.name);
  if (body_bytes > 0) outline += ", body of " + std::to_string(body_bytes) + " bytes";
  return printable(outline, longest_outline);
}

}  // namespace

LateIncident contradiction_of(const Exchange& exchange) {
  const RequestHead& head = exchange.request();
  LateIncident late;
  late.incident.module = "waf";
  late.incident.reason = "waf:contradiction";
  late.incident.detail = outline_of(head, exchange.request_body_bytes);
  late.time = exchange.loop().wall();
  late.request_id = exchange.id();
  late.method = head.method;
  late.host = head.host;
  late.path = head.path;
  late.query = head.query;
  late.client = exchange.peer().client;
  late.route = exchange.route;
  late.engine = "library";
  return late;
}

LateIncident with(LateIncident contradiction, const Finding& finding, std::int64_t disputed) {
  Incident& incident = contradiction.incident;
  Incident found;
  found.reason = "nothing";
  if (!finding.matches.empty()) found = incident_of(finding);
  incident.rules = std::move(found.rules);
  incident.rule_name = std::move(found.rule_name);
  incident.score = found.score;
  const std::string what = found.detail.empty() ? found.reason : found.reason + ": " + found.detail;
  incident.detail = "the plan differs from libmodsecurity at rule " + std::to_string(disputed) + ", which finds " +
                    what + "; " + incident.detail;
  return contradiction;
}

}  // namespace ravelin::waf
