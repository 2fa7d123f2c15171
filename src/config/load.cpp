#include "config/load.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "config/merge.h"
#include "config/reader.h"
#include "config/settle.h"
#include "config/shape.h"
#include "config/validate.h"
#include "config/yaml.h"

namespace ravelin::config {
namespace {

constexpr std::size_t largest_file = 4 * 1024 * 1024;
constexpr std::size_t most_files = 256;

std::string directory_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : path.substr(0, slash);
}

bool is_configuration(const std::string& name) {
  constexpr std::string_view suffix = ".yaml";
  return name.size() > suffix.size() && name.front() != '.' &&
         name.compare(name.size() - suffix.size(), suffix.size(), suffix) == 0;
}

// The files of one load, one after the other merged into one tree.
class Files {
 public:
  Files(Config& config, const Environment& environment, Problems& problems)
      : config_(config), environment_(environment), problems_(problems) {}

  void add(const std::string& name) {
    const std::string path = environment_.absolute(name);
    config_.files.push_back({name, directory_of(path)});
    const std::string_view file = config_.files.back().name;
    auto content = environment_.read_file(path, largest_file);
    if (!content) return fail({file, 0, 0}, content.error().message);
    auto tree = parse_yaml(*content, file, problems_);
    if (!tree) return fail();
    if (tree->kind == Node::Kind::null || tree->kind == Node::Kind::map)
      return merge(root_, std::move(*tree), problems_);
    fail(tree->place, "expected a map of sections, such as 'listeners:', got " + std::string(to_string(tree->kind)));
  }

  void add_directory(const std::string& directory) {
    auto names = environment_.list(environment_.absolute(directory));
    if (!names) return fail({config_.files.front().name, 0, 0}, names.error().message);
    std::sort(names->begin(), names->end());
    std::size_t count = 0;
    for (const std::string& name : *names) {
      if (!is_configuration(name)) continue;
      if (++count > most_files) return fail({config_.files.front().name, 0, 0}, "more than 256 files in " + directory);
      add(directory + "/" + name);
    }
  }

  /// Whether every file is in the tree: what one that is not would have said, nobody knows.
  bool is_whole() const { return is_whole_; }
  Node take_tree() {
    if (root_.place.file.empty()) root_.place = {config_.files.front().name, 1, 1};
    return std::move(root_);
  }

 private:
  void fail() { is_whole_ = false; }
  void fail(const Place& place, std::string message) {
    problems_.error(place, std::move(message));
    fail();
  }

  Config& config_;
  const Environment& environment_;
  Problems& problems_;
  Node root_;
  bool is_whole_ = true;
};

void read(Node tree, Config& config, Known modules, const Environment& environment, Problems& problems) {
  complete_overrides(tree, problems);
  ConfigShape shape{config, modules};
  Reader reader(tree, {config.files, environment, config.origins, problems});
  reader.value(shape);
}

}  // namespace

bool Loaded::has_warnings() const {
  return std::any_of(problems.begin(), problems.end(),
                     [](const Problem& problem) { return problem.severity == Severity::warning; });
}

Loaded load(const std::string& path, Known modules, const Environment& environment) {
  auto config = std::make_unique<Config>();
  Problems problems;
  Files files(*config, environment, problems);
  files.add(path);
  const std::string directory = path.find('/') == std::string::npos ? "" : directory_of(path) + "/";
  files.add_directory(directory + "conf.d");
  if (files.is_whole()) {
    read(files.take_tree(), *config, modules, environment, problems);
    settle(*config, environment, problems);
    validate(*config, modules, problems);
  }
  if (problems.errors() > 0) config = nullptr;
  return {std::move(config), problems.take()};
}

std::vector<Problem> read_section(std::string_view text, Section& section) {
  const ProcessEnvironment environment;
  const std::deque<SourceFile> files{{"section.yaml", "."}};
  std::map<std::string, Place> origins;
  Problems problems;
  const auto tree = parse_yaml(std::string(text), files.front().name, problems);
  if (tree) {
    Reader reader(*tree, {files, environment, origins, problems});
    reader.value(section);
  }
  return problems.take();
}

}  // namespace ravelin::config
