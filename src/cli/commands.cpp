#include "cli/commands.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/near_miss.h"
#include "base/version.h"
#include "cli/admin_client.h"
#include "cli/stderr_log.h"
#include "cli/waf_status.h"
#include "config/environment.h"
#include "config/print.h"
#include "net/versions.h"
#include "observe/explain.h"
#include "server/dry_run.h"
#include "server/server.h"

namespace ravelin::cli {
namespace {

using nlohmann::json;

/// Arguments is what the command line can set, for all commands.
struct Arguments {
  std::string config = "/etc/ravelin/ravelin.yaml";
  std::string admin = "/run/ravelin/admin.sock";
  std::string subject;  // prefix, request id
  std::string duration = "1h";
  std::string reason;
  bool is_json = false;
  bool is_strict = false;
  bool is_effective = false;
};

int run(const Arguments& arguments, config::Known modules) {
  StderrLog log;
  const config::ProcessEnvironment environment;
  server::Server::Options options{arguments.config, modules, &environment, &log};
  try {
    auto ended = server::Server::run(options);
    if (ended) return fine;
    log.error(ended.error().message);
    return ended.error().code == "config:invalid" ? failed : not_started;
  } catch (const std::exception& error) {
    log.error(std::string("an unforeseen error: ") + error.what());
    return not_started;  // so that it is started again
  }
}

// Texts come from files and command lines and may be anything.
std::string printed(const json& value, int indent = -1) {
  return value.dump(indent, ' ', false, json::error_handler_t::replace);
}

void print_problems(const std::vector<config::Problem>& problems, bool is_json) {
  if (!is_json) {
    for (const config::Problem& problem : problems) std::cerr << to_string(problem) << '\n';
    return;
  }
  json list = json::array();
  for (const config::Problem& problem : problems) {
    list.push_back({{"severity", problem.severity == config::Severity::error ? "error" : "warning"},
                    {"file", problem.file},
                    {"line", problem.line},
                    {"column", problem.column},
                    {"message", problem.message}});
  }
  std::cout << printed(json{{"problems", list}}, 2) << '\n';
}

int check(const Arguments& arguments, config::Known modules) {
  StderrLog log;
  const server::Checked checked = server::dry_run(arguments.config, modules, config::ProcessEnvironment(), log);
  print_problems(checked.problems, arguments.is_json);
  if (!checked.is_valid) return failed;
  if (arguments.is_strict && !checked.problems.empty()) return verdict_differs;
  if (!arguments.is_json) std::cout << arguments.config << ": the configuration is valid\n";
  return fine;
}

int show_effective(const Arguments& arguments, config::Known modules) {
  const config::Loaded loaded = config::load(arguments.config, modules, config::ProcessEnvironment());
  print_problems(loaded.problems, false);
  if (!loaded.is_valid()) return failed;
  std::cout << config::print_effective(*loaded.config, modules);
  return fine;
}

/// Asks the gateway; `print` writes a good answer's JSON for people.
int ask_gateway(const Arguments& arguments, std::string_view method, const std::string& path, const std::string& body,
                void (*print)(const json&)) {
  auto reply = ask(arguments.admin, method, path, body);
  if (!reply) {
    std::cerr << reply.error().message << '\n';
    return unreachable;
  }
  const json answer = json::parse(reply->body, nullptr, false);
  if (!answer.is_object() && reply->status < 300) {
    std::cerr << "the answer of " << arguments.admin << " is not the JSON of a gateway: is this its admin socket?\n";
    return failed;
  }
  if (reply->status >= 300) {
    if (answer.contains("problems")) {
      for (const auto& problem : answer.at("problems")) std::cerr << problem.get<std::string>() << '\n';
    } else {
      std::cerr << (answer.is_object() ? answer.value("error", reply->body) : reply->body) << '\n';
    }
    return failed;
  }
  if (arguments.is_json) {
    std::cout << reply->body;
  } else {
    print(answer);
  }
  return fine;
}

void print_status(const json& answer) {
  const json& connections = answer.at("connections");
  std::cout << answer.at("state").get<std::string>() << ", version " << answer.at("version").get<std::string>()
            << ", generation " << answer.at("generation") << ", up " << answer.at("uptime_seconds") << " s\n"
            << "requests in progress: " << answer.at("flows") << "\nconnections: " << connections.at("client")
            << " client, " << connections.at("upstream") << " upstream\nbans: " << answer.at("bans") << '\n';
  for (const auto& one : answer.value("certificates", json::array())) {
    std::cout << "certificate " << one.at("file").get<std::string>() << " of " << one.at("listener").get<std::string>()
              << ": until " << one.at("not_after").get<std::string>() << ", " << one.at("days_left") << " days\n";
  }
  for (const auto& module : answer.at("modules")) {
    std::cout << "module " << module.at("name").get<std::string>() << ": " << module.at("mode").get<std::string>()
              << '\n';
  }
}

void print_bans(const json& answer) {
  const auto more = answer.at("total").get<std::size_t>() - answer.at("bans").size();
  for (const auto& ban : answer.at("bans")) {
    std::cout << ban.at("prefix").get<std::string>() << "  " << ban.at("jail").get<std::string>() << "  until "
              << ban.at("until").get<std::string>() << "  times " << ban.at("times") << "  "
              << ban.at("evidence").get<std::string>() << '\n';
  }
  if (more > 0) std::cout << "and " << more << " more\n";
}

void print_reload(const json& answer) {
  for (const auto& problem : answer.at("problems")) std::cerr << problem.get<std::string>() << '\n';
  std::cout << "reloaded\n";
}

void print_explanation(const json& answer) { std::cout << observe::explain_text(answer.dump()); }
void print_waf_status(const json& answer) { std::cout << waf_status_text(answer.dump()); }
void print_ban(const json& answer) {
  const bool is_older = answer.value("is_older", false);
  std::cout << (is_older ? "already banned: " : "banned ") << answer.at("prefix").get<std::string>() << " until "
            << answer.at("until").get<std::string>();
  if (is_older)
    std::cout << " (" << answer.at("jail").get<std::string>() << "), which is longer; remove that ban first";
  std::cout << '\n';
}
void print_removed(const json& answer) { std::cout << "removed " << answer.at("removed").get<std::string>() << '\n'; }
void print_state(const json& answer) { std::cout << answer.at("state").get<std::string>() << '\n'; }

std::string version_line() {
  return "ravelin " + std::string(program_version) + " (" + std::string(net::tls_library()) + ")";
}

int print_version() {
  std::cout << version_line() << '\n';
  return fine;
}

/// Adds the commands to `app`; the one that is called sets `action`.
class Commands {
 public:
  Commands(CLI::App& app, config::Known modules) : app_(app), modules_(modules) {
    add_offline();
    add_online();
    add_ban(app_.add_subcommand("ban", "See and change the bans of a running gateway"));
    take_ban(online(app_, "banip", "Ban an address or prefix", [this] { return ban_add(); }));
    take_prefix(online(app_, "unbanip", "Lift a ban", [this] { return ban_remove(); }));
  }
  int run() { return action_(); }

 private:
  CLI::App* command(CLI::App& parent, const char* name, const char* help, Function<int()> action) {
    CLI::App* const made = parent.add_subcommand(name, help);
    made->callback([this, action = std::make_shared<Function<int()>>(std::move(action))] {
      action_ = [action] { return (*action)(); };
    });
    return made;
  }
  void take_config(CLI::App* command) {
    command->add_option("-c,--config,file", arguments_.config, "The configuration file")->capture_default_str();
  }
  CLI::App* online(CLI::App& parent, const char* name, const char* help, Function<int()> action) {
    CLI::App* const made = command(parent, name, help, std::move(action));
    made->add_option("--admin", arguments_.admin, "The gateway's admin socket")->capture_default_str();
    made->add_flag("--json", arguments_.is_json, "Print the answer as JSON");
    return made;
  }

  void add_offline() {
    take_config(command(app_, "run", "Run the gateway", [this] { return cli::run(arguments_, modules_); }));
    CLI::App* const checking = command(app_, "check", "Check a configuration without running it",
                                       [this] { return check(arguments_, modules_); });
    take_config(checking);
    checking->add_flag("--strict", arguments_.is_strict, "Warnings fail, with exit code 3");
    checking->add_flag("--json", arguments_.is_json, "Print the problems as JSON");
    CLI::App* const config = app_.add_subcommand("config", "Look at the configuration");
    config->require_subcommand(1);
    CLI::App* const show = command(*config, "show", "Print the configuration in force",
                                   [this] { return show_effective(arguments_, modules_); });
    take_config(show);
    show->add_flag("--effective", arguments_.is_effective, "With every default and the origin of each value")
        ->required();
    command(*config, "schema", "Print the JSON schema of the file", [this] {
      std::cout << config::write_schema(modules_);
      return fine;
    });
    command(*config, "reference", "Print the reference page of all keys", [this] {
      std::cout << config::write_reference(modules_);
      return fine;
    });
    command(app_, "version", "Print the version", print_version);
  }

  void add_online() {
    online(app_, "reload", "Load the configuration anew",
           [this] { return ask_gateway(arguments_, "POST", "/v1/reload", {}, print_reload); });
    online(app_, "drain", "Finish what runs, then stop",
           [this] { return ask_gateway(arguments_, "POST", "/v1/drain", {}, print_state); });
    online(app_, "status", "How the gateway is doing",
           [this] { return ask_gateway(arguments_, "GET", "/v1/status", {}, print_status); });
    CLI::App* const waf = app_.add_subcommand("waf", "Look at the web application firewall of a running gateway");
    waf->require_subcommand(1);
    online(*waf, "status", "What judges requests, what is left to libmodsecurity and why, and what it costs",
           [this] { return ask_gateway(arguments_, "GET", "/v1/modules/waf", {}, print_waf_status); });
    online(
        app_, "explain", "Why a request was answered as it was",
        [this] { return ask_gateway(arguments_, "GET", "/v1/explain/" + arguments_.subject, {}, print_explanation); })
        ->add_option("REQUEST_ID", arguments_.subject, "The X-Request-ID of its response")
        ->required();
  }

  void add_ban(CLI::App* ban) {
    ban->require_subcommand(1);
    online(*ban, "list", "List the bans in force",
           [this] { return ask_gateway(arguments_, "GET", "/v1/bans", {}, print_bans); });
    take_ban(online(*ban, "add", "Ban an address or prefix", [this] { return ban_add(); }));
    take_prefix(online(*ban, "remove", "Lift a ban", [this] { return ban_remove(); }));
  }
  void take_prefix(CLI::App* command) {
    command->add_option("PREFIX", arguments_.subject, "An address, or a block such as 192.0.2.0/24")->required();
  }
  void take_ban(CLI::App* command) {
    take_prefix(command);
    command->add_option("--for", arguments_.duration, "How long, such as 10m or 1w")->capture_default_str();
    command->add_option("--reason", arguments_.reason, "Why, for the record");
  }
  int ban_add() {
    const json wish{{"prefix", arguments_.subject}, {"duration", arguments_.duration}, {"reason", arguments_.reason}};
    return ask_gateway(arguments_, "POST", "/v1/bans", printed(wish), print_ban);
  }
  int ban_remove() {
    return ask_gateway(arguments_, "DELETE", "/v1/bans", printed(json{{"prefix", arguments_.subject}}), print_removed);
  }

  CLI::App& app_;
  config::Known modules_;
  Arguments arguments_;
  Function<int()> action_;
};

// CLI11 would say that a command is missing.
std::optional<std::string> unknown_command(const CLI::App& app, const std::vector<std::string>& words) {
  if (words.empty() || words.front().starts_with('-')) return std::nullopt;
  std::vector<std::string> names;
  for (const CLI::App* const command : app.get_subcommands([](const CLI::App*) { return true; }))
    names.push_back(command->get_name());
  if (std::find(names.begin(), names.end(), words.front()) != names.end()) return std::nullopt;
  return "unknown command '" + words.front() + "'" +
         did_you_mean(words.front(), std::vector<std::string_view>(names.begin(), names.end())) +
         "; see ravelin --help";
}

}  // namespace

int main(int argc, char** argv, config::Known modules) {
  CLI::App app("Ravelin, an edge security gateway and reverse proxy", "ravelin");
  app.require_subcommand(1);
  app.set_version_flag("-V,--version", version_line);
  Commands commands(app, modules);
  std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words.front() == "-t") words.front() = "check";  // as other servers have it
  if (const auto unknown = unknown_command(app, words)) {
    std::cerr << "ravelin: " << *unknown << '\n';
    return usage;
  }
  std::reverse(words.begin(), words.end());  // CLI11 takes them from the end
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? fine : usage;
  }
  try {
    return commands.run();
  } catch (const std::exception& error) {
    std::cerr << "ravelin: an unforeseen error: " << error.what() << '\n';
    return failed;
  }
}

}  // namespace ravelin::cli
