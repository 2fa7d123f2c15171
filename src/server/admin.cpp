#include "server/admin.h"

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/version.h"
#include "ravelin/schema.h"
#include "server/server.h"

namespace ravelin::server {
namespace {

using nlohmann::json;
using Answer = AdminEndpoint::Answer;

constexpr std::size_t most_listed = 10'000;                      // bans in one answer
constexpr Duration longest_ban = std::chrono::hours(24 * 3650);  // as of a jail
constexpr std::size_t longest_id = 128;                          // of a request

// What is not UTF-8 came from a peer: shown, not refused.
std::string dump(const json& value, int indent = -1) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

AdminResponse make_json(const json& body, int status = 200) {
  return {status, "application/json", dump(body, 2) + "\n"};
}

AdminResponse make_error(int status, const std::string& message) { return make_json({{"error", message}}, status); }

AdminResponse make_text(int status, std::string text) { return {status, "text/plain; charset=utf-8", std::move(text)}; }

std::string_view to_string(Server::Phase phase) {
  switch (phase) {
    case Server::Phase::starting: return "starting";
    case Server::Phase::running: return "running";
    case Server::Phase::draining: return "draining";
    case Server::Phase::stopping: return "stopping";
  }
  return "";
}

std::string_view to_string(Mode mode) {
  switch (mode) {
    case Mode::enforce: return "enforce";
    case Mode::detect: return "detect";
    case Mode::off: return "off";
  }
  return "";
}

std::string to_text(WallTime time) {
  const std::time_t seconds = std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

json to_json(const Ban& ban) {
  return {{"prefix", ban.prefix.to_string()}, {"jail", ban.jail},    {"since", to_text(ban.since)},
          {"until", to_text(ban.until)},      {"times", ban.times},  {"reason", ban.reason},
          {"evidence", ban.evidence},         {"author", ban.author}};
}

json to_json(const std::vector<config::Problem>& problems) {
  json list = json::array();
  for (const config::Problem& problem : problems) list.push_back(config::to_string(problem));
  return list;
}

/// Asks every worker on its own loop and hands all the answers to `done` on the main loop.
template <class T>
void ask_workers(Server& server, T (*question)(Worker&, const std::string&), std::string argument,
                 Function<void(std::vector<T>)> done) {
  struct Gathering {
    std::vector<T> answers;
    std::size_t missing;
    Function<void(std::vector<T>)> done;
  };
  auto gathering = std::make_shared<Gathering>();
  gathering->missing = server.workers().size();
  gathering->done = std::move(done);
  for (const auto& worker : server.workers()) {
    worker->loop().post([&server, &worker = *worker, question, argument, gathering] {
      server.loop().post([gathering, answer = question(worker, argument)]() mutable {
        gathering->answers.push_back(std::move(answer));
        if (--gathering->missing == 0) gathering->done(std::move(gathering->answers));
      });
    });
  }
}

/// Admin is the table of what can be asked.
class Admin {
 public:
  explicit Admin(Server& server) : server_(server) {}

  void handle(const AdminRequest& request, Answer answer) {
    const bool is_read = request.method == "GET" || request.method == "HEAD";
    if (!is_read && !request.may_change) {
      return answer(make_error(403, "changes are accepted over the admin socket only"));
    }
    if (is_read) return read(request, std::move(answer));
    answer(try_to_change(request));
  }

 private:
  // A value of another type than it is read as makes the library throw.
  AdminResponse try_to_change(const AdminRequest& request) {
    try {
      return change(request);
    } catch (const json::exception& error) {
      return make_error(400, std::string("a value in the body is not of the type it should be: ") + error.what());
    }
  }

  void read(const AdminRequest& request, Answer answer) {
    const std::string& path = request.path;
    if (path == "/healthz") return answer(make_text(200, "alive\n"));
    if (path == "/readyz") return answer(ready());
    if (path == "/metrics") {
      return answer({200, "text/plain; version=0.0.4; charset=utf-8", server_.observation().metrics.scrape()});
    }
    if (path == "/v1/status") return status(std::move(answer));
    if (path == "/v1/bans") return answer(bans());
    if (path.starts_with("/v1/modules/")) return answer(module_status(path.substr(12)));
    if (path.rfind("/v1/explain/", 0) == 0) return explain(path.substr(12), std::move(answer));
    answer(make_error(404, "nothing is served at " + path));
  }

  AdminResponse change(const AdminRequest& request) {
    const std::string what = request.method + " " + request.path;
    if (what == "POST /v1/reload") return reload();
    if (what == "POST /v1/drain") {
      server_.drain(server_.drain_timeout());
      return make_json({{"state", "draining"}});
    }
    if (what == "POST /v1/reopen") {
      server_.reopen_logs();
      return make_json({{"reopened", true}});
    }
    if (what == "POST /v1/bans") return add_ban(request.body);
    if (what == "DELETE /v1/bans") return remove_ban(request.body);
    return make_error(404, "nothing is done by " + what);
  }

  AdminResponse ready() {
    if (server_.phase() == Server::Phase::running) return make_text(200, "ready\n");
    return make_text(503, std::string(to_string(server_.phase())) + "\n");
  }

  AdminResponse reload() {
    const Server::Outcome outcome = server_.reload();
    return make_json({{"reloaded", outcome.is_done}, {"problems", to_json(outcome.problems)}},
                     outcome.is_done ? 200 : 422);
  }

  void status(Answer answer) {
    const auto count = [](Worker& worker, const std::string&) { return worker.counts(); };
    ask_workers<WorkerCounts>(server_, count, {}, [this, answer = std::move(answer)](auto counts) mutable {
      WorkerCounts sum;
      for (const WorkerCounts& one : counts) {
        sum.clients += one.clients;
        sum.upstreams += one.upstreams;
        sum.flows += one.flows;
        sum.generations = std::max(sum.generations, one.generations);
      }
      answer(make_json(status_json(sum)));
    });
  }

  json status_json(const WorkerCounts& sum) {
    json modules = json::array();
    for (const config::ModuleEntry& entry : server_.current().config->modules) {
      modules.push_back({{"name", entry.name}, {"mode", to_string(entry.mode)}});
    }
    return {{"state", to_string(server_.phase())},
            {"version", program_version},
            {"generation", server_.generation()},
            {"generations_in_use", sum.generations},
            {"uptime_seconds", std::chrono::duration_cast<std::chrono::seconds>(server_.uptime()).count()},
            {"workers", server_.workers().size()},
            {"flows", sum.flows},
            {"connections", {{"client", sum.clients}, {"upstream", sum.upstreams}}},
            {"bans", bans_in_force()},
            {"certificates", certificates()},
            {"modules", modules}};
  }

  json certificates() {
    json list = json::array();
    const WallTime now = server_.loop().wall();
    for (const ListenerSpec& listener : server_.listeners()) {
      if (listener.certificates == nullptr) continue;
      for (const auto& [file, not_after] : listener.certificates->expiries())
        list.push_back({{"listener", listener.section->name},
                        {"file", file},
                        {"not_after", to_text(not_after)},
                        {"days_left", std::chrono::floor<std::chrono::days>(not_after - now).count()}});
    }
    return list;
  }

  // One for each place of the configuration that has the module: its own section, and those of routes. Where it is off
  // there are only routes.
  AdminResponse module_status(const std::string& name) {
    if (!server_.has_module(name)) return make_error(404, "there is no module " + name);
    json list = json::array();
    for (const proxy::ConfiguredModule& configured : server_.current().modules) {
      if (configured.name != name || configured.services->mode == Mode::off) continue;
      json one = json::parse(configured.module->status(), nullptr, false);
      if (!one.is_object()) one = json::object();
      one["mode"] = to_string(configured.services->mode);
      one["routes"] = configured.services->routes;
      list.push_back(std::move(one));
    }
    return make_json({{"module", name}, {"instances", list}, {"off_routes", routes_without(name)}});
  }

  json routes_without(const std::string& name) {
    const config::Config& config = *server_.current().config;
    const bool is_on = std::any_of(config.modules.begin(), config.modules.end(), [&](const config::ModuleEntry& entry) {
      return entry.name == name && entry.mode != Mode::off;
    });
    json routes = json::array();
    for (const config::Route& route : config.routes) {
      const auto own = route.modules.find(name);
      if (own == route.modules.end() ? !is_on : own->second.mode == Mode::off) routes.push_back(route.name);
    }
    return routes;
  }

  std::size_t bans_in_force() {
    std::size_t sum = 0;
    for (const auto& [jail, count] : server_.store().bans_by_jail(server_.loop().wall())) sum += count;
    return sum;
  }

  // There may be a million; each is a line.
  AdminResponse bans() {
    const WallTime now = server_.loop().wall();
    std::string list;
    std::size_t total = 0;
    server_.store().bans().for_each([&](const Ban& ban) {
      if (ban.until > now && ++total <= most_listed)
        list.append(list.empty() ? "\n  " : ",\n  ").append(dump(to_json(ban)));
    });
    return {200, "application/json", "{\"total\": " + std::to_string(total) + ", \"bans\": [" + list + "]}\n"};
  }

  AdminResponse add_ban(const std::string& body) {
    const json wish = json::parse(body, nullptr, false);
    if (!wish.is_object()) return make_error(400, "the body is not a JSON object");
    auto prefix = Prefix::parse(wish.value("prefix", ""));
    if (!prefix) return make_error(400, prefix.error().message);
    auto length = schema::Text<Duration>::parse(wish.value("duration", "1h"));
    if (!length) return make_error(400, "duration: " + length.error().message);
    Ban ban;
    ban.prefix = *prefix;
    ban.jail = "manual";
    ban.reason = "ban:manual";
    ban.evidence = wish.value("reason", "");
    ban.author = wish.value("author", "admin");
    const WallTime now = ban.since = server_.loop().wall();
    if (*length > longest_ban) return make_error(400, "duration: at most 3650d");
    const WallTime until = ban.until = now + *length;
    auto set = server_.store().bans().insert(std::move(ban), now);
    if (!set) return make_error(409, set.error().message);
    json answer = to_json(*set);
    answer["is_older"] = set->until != until;
    if (set->until == until) server_.observation().record_ban(*set, Action::banned, now);
    return make_json(answer);
  }

  AdminResponse remove_ban(const std::string& body) {
    const json wish = json::parse(body, nullptr, false);
    auto prefix = Prefix::parse(wish.is_object() ? wish.value("prefix", "") : "");
    if (!prefix) return make_error(400, prefix.error().message);
    BanList& list = server_.store().bans();
    const WallTime now = server_.loop().wall();
    if (const auto removed = list.remove(*prefix, now)) {
      server_.observation().record_ban(*removed, Action::unbanned, now);
      return make_json({{"removed", prefix->to_string()}});
    }
    const auto wider = list.find(prefix->address(), now);
    return make_error(404, prefix->to_string() + " is not banned" +
                               (wider ? " by itself, but " + wider->prefix.to_string() + " is (" + wider->jail +
                                            "): remove that, or leave it"
                                      : ""));
  }

  void explain(const std::string& id, Answer answer) {
    if (id.size() > longest_id) return answer(make_error(400, "that is no id of a request: it is too long"));
    using Found = std::optional<std::string>;
    const auto find = [](Worker& worker, const std::string& wanted) -> Found { return worker.recorder().find(wanted); };
    ask_workers<Found>(server_, find, id, [id, answer = std::move(answer)](auto found) mutable {
      for (Found& one : found)
        if (one) return answer({200, "application/json", *one + "\n"});
      answer(make_error(404, "no recent request has the id " + id + ": only the latest few thousand are kept"));
    });
  }

  Server& server_;
};

}  // namespace

AdminEndpoint::Handle make_admin(Server& server) {
  return [admin = std::make_unique<Admin>(server)](const AdminRequest& request, Answer answer) {
    admin->handle(request, std::move(answer));
  };
}

}  // namespace ravelin::server
