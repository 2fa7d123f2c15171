#include "modules/ban/jail.h"

#include <algorithm>

namespace ravelin::ban {
namespace {

// A jail that is only tried out counts apart: what it forgets at its limit, the enforced one keeps. So does a route
// that gives it other terms.
std::string table_name(const std::string& reason, const JailConfig& config, Mode mode) {
  return reason + ":" + std::to_string(config.findtime.count()) + ":" + std::to_string(config.maxretry) +
         (mode == Mode::enforce ? "" : ":detect");
}

// A module in detect mode must not get anybody banned, whether it would have refused or only noticed something; nor
// must one that found fault with what the gateway itself answered.
bool is_serious(const Exchange& exchange, const Incident& incident) {
  bool was_only_detected = false;
  for (const Decision& decision : exchange.decisions) {
    if (decision.module != incident.module) continue;
    if (decision.kind == DecisionKind::reject || decision.kind == DecisionKind::drop) return true;
    if (decision.kind == DecisionKind::detected) was_only_detected = true;
  }
  return !was_only_detected && !incident.is_trial;
}

}  // namespace

bool matches_glob(std::string_view text, std::string_view pattern) {
  std::size_t at = 0, in_pattern = 0;
  std::size_t star = std::string_view::npos, resume = 0;  // the last '*' and where its text would end next
  while (at < text.size()) {
    if (in_pattern < pattern.size() && pattern[in_pattern] == '*') {
      star = in_pattern++;
      resume = at;
    } else if (in_pattern < pattern.size() && pattern[in_pattern] == text[at]) {
      ++in_pattern;
      ++at;
    } else if (star != std::string_view::npos) {
      in_pattern = star + 1;
      at = ++resume;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', in_pattern) == std::string_view::npos;
}

int status_of(const Exchange& exchange) {
  if (exchange.refused_with != 0) return exchange.refused_with;
  return exchange.has_response() ? exchange.response().status : 0;
}

Jail::Jail(std::string_view name, const JailConfig& config, const Services& services)
    : name_(name),
      reason_("ban:" + name_),
      config_(config),
      store_(services.store),
      hits_(services.store.hits(table_name(reason_, config, services.mode))) {}

bool Jail::matches(const Exchange& exchange) const {
  const JailMatch& match = config_.match;
  const auto status = static_cast<std::uint16_t>(status_of(exchange));
  if (!match.status.empty() && std::find(match.status.begin(), match.status.end(), status) == match.status.end()) {
    return false;
  }
  return match.request.matches(exchange.request()) && (match.reason.empty() || has_reason(exchange));
}

bool Jail::has_reason(const Exchange& exchange) const {
  if (is_wanted(exchange.reason)) return true;
  return std::any_of(exchange.incidents.begin(), exchange.incidents.end(), [&](const Incident& incident) {
    return incident.module != "ban" && is_wanted(incident.reason) && is_serious(exchange, incident);
  });
}

bool Jail::is_wanted(std::string_view reason) const {
  return !reason.empty() && std::any_of(config_.match.reason.begin(), config_.match.reason.end(),
                                        [&](const auto& pattern) { return matches_glob(reason, pattern); });
}

// Of several workers that count hits of one client at once, one alone sees the multiple; a later
// one comes again if maxretry was lowered below what is counted already.
bool Jail::is_full_after_hit(const Prefix& client, Time now) const {
  const Key key = store_.key(client);
  if (hits_->hit(key, config_.findtime, now) % config_.maxretry != 0) return false;
  hits_->clear(key);
  return true;
}

Duration Jail::bantime(std::uint32_t times) const {
  Duration time = config_.bantime;
  if (!config_.increment || config_.factor == 1) return time;
  for (; times > 0; --times) {
    if (time > config_.maxtime / config_.factor) return config_.maxtime;  // also keeps it from overflowing
    time *= config_.factor;
  }
  return time;
}

}  // namespace ravelin::ban
