#include "waf_diff/rule_policy.h"

#include <stdlib.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "modules/waf/directives.h"
#include "modules/waf/finding.h"

namespace ravelin::waf_diff {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::int64_t id_of(std::string_view text) {
  const std::size_t at = text.find("id:");
  return at == std::string_view::npos ? 0 : std::strtoll(std::string(text.substr(at + 3, 12)).c_str(), nullptr, 10);
}

bool has_action(std::string_view text, std::string_view action) {
  for (std::size_t at = text.find(action); at != std::string_view::npos; at = text.find(action, at + 1)) {
    const char before = text[at - 1];
    const char after = at + action.size() < text.size() ? text[at + action.size()] : ',';
    constexpr std::string_view between = " \t,\"";
    if (between.find(before) != std::string_view::npos && between.find(after) != std::string_view::npos) return true;
  }
  return false;
}

// Lines of other rules become empty, so that those that stay are where they were.
std::string cut(const std::string& text, std::int64_t rule) {
  std::vector<bool> is_left_out;
  bool is_chained = false;
  bool is_kept = true;
  for (const waf::Directive& directive : waf::split_directives(text)) {
    is_left_out.resize(static_cast<std::size_t>(directive.last_line) + 1);
    if (directive.name != "SecRule" && directive.name != "SecAction") continue;
    const std::int64_t id = id_of(directive.text);
    if (!is_chained) is_kept = id == rule || has_action(directive.text, "nolog") || waf::is_scoring_rule(id);
    is_chained = has_action(directive.text, "chain");
    for (int line = directive.line; line <= directive.last_line; ++line)
      is_left_out[static_cast<std::size_t>(line)] = !is_kept;
  }
  std::string kept;
  std::size_t line = 1;
  for (std::size_t at = 0; at < text.size(); ++line) {
    const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
    kept += line < is_left_out.size() && is_left_out[line] ? "\n" : text.substr(at, end - at);
    at = end;
  }
  return kept;
}

}  // namespace

RulePolicy::RulePolicy(const std::string& file, std::int64_t rule)
    : folder_(fs::temp_directory_path() / "waf-diff-rule-XXXXXX") {
  if (::mkdtemp(folder_.data()) == nullptr)
    throw fs::filesystem_error("mkdtemp", std::error_code(errno, std::generic_category()));
  const fs::path from = fs::path(file).parent_path();
  const fs::path to = fs::path(folder_) / "rules";
  fs::create_directory(to);
  for (const auto& entry : fs::directory_iterator(from)) {
    const fs::path name = entry.path().filename();
    if (name.extension() == ".data") fs::create_symlink(entry.path(), to / name);
    const bool is_wanted = name == fs::path(file).filename() || name.string().starts_with("REQUEST-901") ||
                           name.string().starts_with("REQUEST-949");
    if (name.extension() == ".conf" && is_wanted)
      std::ofstream(to / name, std::ios::binary) << cut(read(entry.path()), rule);
  }
  const fs::path setup = "/etc/modsecurity/crs/crs-setup.conf";
  std::ofstream(folder_ + "/crs-setup.conf", std::ios::binary)
      << read(fs::exists(setup) ? setup : from.parent_path() / "crs-setup.conf");
  config_.paranoia = 4;
  config_.rules = {waf::RuleSource{}};
  config_.crs_directory.path = folder_;
}

RulePolicy::~RulePolicy() {
  std::error_code ignored;
  fs::remove_all(folder_, ignored);
}

}  // namespace ravelin::waf_diff
