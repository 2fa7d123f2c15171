#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <string>
#include <string_view>

#include "config/load.h"
#include "config/print.h"

// Any text is a configuration or a list of problems, never both and never neither; and what is
// printed of one loads to the same.
namespace ravelin::config {
namespace {

struct Settings {
  Rate rate;
  std::uint32_t burst = 0;
  void bind(Binder& b) {
    b.shorthand("rate", rate, "A rate.");
    b.key("burst", burst, "A number.", between(0, 100));
  }
};

struct FuzzedSection final : Section {
  std::map<std::string, Settings> limits;
  std::vector<std::string> rules;
  Secret token;
  FilePath file;
  void bind(Binder& b) override {
    b.key("limits", limits, "Limits.");
    b.key("rules", rules, "Rules.");
    b.key("token", token, "A secret.");
    b.key("file", file, "A file.");
    b.not_available("later");
  }
};

std::unique_ptr<Section> make_section() { return std::make_unique<FuzzedSection>(); }

/// A machine with the fuzzed file alone; "----\n" in it begins a second one in conf.d.
class FuzzedEnvironment final : public Environment {
 public:
  explicit FuzzedEnvironment(std::string_view text) {
    const std::size_t cut = text.find("----\n");
    files_["/e/ravelin.yaml"] = text.substr(0, cut);
    if (cut != std::string_view::npos) files_["/e/conf.d/more.yaml"] = text.substr(cut + 5);
    files_["/e/lists/office.txt"] = "10.0.0.0/8\n";
    files_["/e/secret"] = "text\n";
  }
  std::optional<std::string> variable(const std::string& name) const override {
    return name == "HOME" ? std::optional<std::string>("/root") : std::nullopt;
  }
  bool has_file(const std::string& path) const override { return files_.count(path) > 0; }
  Result<std::string> read_file(const std::string& path, std::size_t) const override {
    const auto found = files_.find(path);
    if (found == files_.end()) return Error{"config:file", "no such file"};
    return found->second;
  }
  Result<std::vector<std::string>> list(const std::string& directory) const override {
    std::vector<std::string> names;
    if (directory == "/e/conf.d" && has_file("/e/conf.d/more.yaml")) names.emplace_back("more.yaml");
    return names;
  }
  std::string absolute(const std::string& path) const override { return path; }

 private:
  std::map<std::string, std::string> files_;
};

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view text) {
  static const Descriptor waf{"waf", module_api_version, {}, {}, make_section, nullptr};
  static const Descriptor* const known[] = {&waf};
  const Loaded loaded = load("/e/ravelin.yaml", known, FuzzedEnvironment(text));
  bool has_error = false;
  for (const Problem& problem : loaded.problems) {
    require(!problem.message.empty() && !problem.file.empty());
    has_error = has_error || problem.severity == Severity::error;
  }
  require(loaded.is_valid() != has_error);
  if (!loaded.is_valid()) return;
  const std::string printed = print_effective(*loaded.config, known, Origins::hide);
  const Loaded again = load("/e/ravelin.yaml", known, FuzzedEnvironment(printed));
  require(again.is_valid());
  require(print_effective(*again.config, known, Origins::hide) == printed);
}

}  // namespace
}  // namespace ravelin::config

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  ravelin::config::check({reinterpret_cast<const char*>(data), size});
  return 0;
}
