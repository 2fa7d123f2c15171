#include "modules/ban/module.h"

#include <string>
#include <string_view>
#include <vector>

#include "modules/ban/config.h"
#include "modules/ban/jail.h"
#include "modules/ban/never.h"

namespace ravelin::ban {
namespace {

// Seconds are as fine as a ban is spoken of.
std::string print(Duration duration) {
  return schema::Text<Duration>::print(std::chrono::ceil<std::chrono::seconds>(duration));
}

std::string describe(const Ban& ban, WallTime now) {
  std::string text = "banned for another " + print(ban.until - now) + " (ban " + std::to_string(ban.times) + ")";
  return ban.evidence.empty() ? text : text + ": " + ban.evidence;
}

class BanModule final : public Module {
 public:
  BanModule(const Config& config, const Services& services);

  Verdict on_connect(Loop& loop, const Peer& peer) const override;
  std::unique_ptr<Inspector> inspect(Exchange& exchange) const override;
  PrefixSet never_banned() const override { return never_; }

 private:
  class BanInspector;
  struct Counted {
    Jail jail;
    mutable Counter banned;  // a handle; each worker writes its own cell
  };

  std::optional<Ban> find(const Address& client, WallTime now) const;
  void count(const Counted& counted, Exchange& exchange) const;
  Incident punish(const Jail& jail, const Exchange& exchange) const;
  Incident would_punish(const Jail& jail, const Exchange& exchange) const;

  BanList& bans_;
  const PrefixSet& trusted_proxies_;
  PrefixSet never_;
  Mode mode_;
  bool at_accept_;
  std::vector<Counted> jails_;
};

class BanModule::BanInspector final : public Inspector {
 public:
  explicit BanInspector(const BanModule& module) : module_(module) {}

  Verdict on_request_head(Exchange& exchange) override {
    const WallTime now = exchange.loop().wall();
    const auto ban = module_.find(exchange.peer().client, now);
    return ban ? Verdict::reject(403, "ban:" + ban->jail, describe(*ban, now)) : Verdict::pass();
  }

  // Being refused as banned is not another offence, and those who are never banned are not counted.
  void on_done(Exchange& exchange) override {
    const Address& client = exchange.peer().client;
    if (client.is_none() || exchange.reason.starts_with("ban:") || module_.never_.contains(client)) return;
    for (const Counted& counted : module_.jails_)
      if (counted.jail.matches(exchange)) module_.count(counted, exchange);
  }

 private:
  const BanModule& module_;
};

BanModule::BanModule(const Config& config, const Services& services)
    : bans_(services.store.bans()),
      trusted_proxies_(services.trusted_proxies),
      never_(never_set(config.never, services)),
      mode_(services.mode),
      at_accept_(config.at_accept) {
  const std::string action(to_string(mode_ == Mode::enforce ? Action::banned : Action::detected));
  for (const auto& [name, jail] : config.jails) {
    jails_.push_back(
        {Jail(name, jail, services), services.metrics.counter("ban_events_total", "Bans by jail and what was done.",
                                                              {{"jail", name}, {"action", action}})});
  }
}

// Behind a trusted proxy the client is not known yet: the request is answered instead.
Verdict BanModule::on_connect(Loop& loop, const Peer& peer) const {
  const Address& address = peer.address.address;
  if (!at_accept_ || trusted_proxies_.contains(address)) return Verdict::pass();
  const WallTime now = loop.wall();
  const auto ban = find(address, now);
  return ban ? Verdict::drop("ban:" + ban->jail, describe(*ban, now)) : Verdict::pass();
}

std::unique_ptr<Inspector> BanModule::inspect(Exchange&) const { return std::make_unique<BanInspector>(*this); }

std::optional<Ban> BanModule::find(const Address& client, WallTime now) const {
  if (bans_.is_empty() || client.is_none() || never_.contains(client)) return std::nullopt;
  return bans_.find(client, now);
}

// Requests that were under way when their client was banned do not lead to the next, longer ban.
void BanModule::count(const Counted& counted, Exchange& exchange) const {
  const Peer& peer = exchange.peer();
  if (find(peer.client, exchange.loop().wall())) return;
  if (!counted.jail.is_full_after_hit(peer.client_key, exchange.loop().now())) return;
  Incident incident = mode_ == Mode::enforce ? punish(counted.jail, exchange) : would_punish(counted.jail, exchange);
  if (incident.action == Action::banned || mode_ == Mode::detect) counted.banned.add(exchange.loop());
  exchange.incidents.push_back(std::move(incident));
}

std::string evidence(const Jail& jail, const Exchange& exchange) {
  return std::to_string(jail.maxretry()) + " hits within " + print(jail.findtime()) + ", the last by request " +
         std::string(exchange.id()) + " (" + std::to_string(status_of(exchange)) + ")";
}

// Where the client's block holds an address that is never banned, its own address alone is.
Incident BanModule::punish(const Jail& jail, const Exchange& exchange) const {
  const Peer& peer = exchange.peer();
  const WallTime now = exchange.loop().wall();
  Ban ban;
  ban.prefix = never_.overlaps(peer.client_key) ? Prefix(peer.client, peer.client.bits()) : peer.client_key;
  ban.jail = jail.name();
  ban.since = now;
  ban.until = now + jail.bantime(bans_.times(ban.prefix));
  ban.reason = jail.reason();
  ban.evidence = evidence(jail, exchange);

  Incident incident{.module = "ban", .reason = jail.reason(), .rules = {}, .rule_name = {}, .detail = {}};
  const Duration time = ban.until - now;
  const auto inserted = bans_.insert(std::move(ban), now);
  if (!inserted) {
    incident.detail = "not banned: " + inserted.error().message;
    return incident;
  }
  incident.action = Action::banned;
  incident.detail = inserted->prefix.to_string() + " banned for " + print(time) + " (ban " +
                    std::to_string(inserted->times) + "): " + inserted->evidence;
  return incident;
}

Incident BanModule::would_punish(const Jail& jail, const Exchange& exchange) const {
  Incident incident{.module = "ban", .reason = jail.reason(), .rules = {}, .rule_name = {}, .detail = {}};
  incident.detail = "would have banned " + exchange.peer().client_key.to_string() + ": " + evidence(jail, exchange);
  return incident;
}

void show_bans(const Config& config, const Services& services) {
  std::vector<std::string> names{"manual"};
  for (const auto& [name, jail] : config.jails) names.push_back(name);
  for (const std::string& name : names) {
    services.metrics.gauge("bans", "Bans in force.", {{"jail", name}},
                           [&bans = services.store.bans(), name] { return static_cast<double>(bans.count(name)); });
  }
}

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  const auto& config = static_cast<const Config&>(section);
  show_bans(config, services);
  return std::unique_ptr<Module>(std::make_unique<BanModule>(config, services));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "ban", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::ban
