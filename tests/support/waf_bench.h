#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "modules/waf/config.h"
#include "modules/waf/module.h"
#include "ravelin/testing/module_bench.h"

namespace ravelin::waf {

/// NoStore is for a module that has no business with the store but for its secret.
class NoStore final : public Store {
 public:
  std::shared_ptr<Limiter> limiter(std::string_view) override { std::abort(); }
  std::shared_ptr<HitCounter> hits(std::string_view) override { std::abort(); }
  BanList& bans() override { std::abort(); }
  Key key(const Prefix&) const override { std::abort(); }
  Key key(std::string_view) const override { return {}; }
};

/// Directory is a directory of rule files that goes with the test.
class Directory {
 public:
  Directory() : path_(std::filesystem::temp_directory_path() / "ravelin-waf-XXXXXX") {
    std::string name = path_.string();
    path_ = ::mkdtemp(name.data());
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() { std::filesystem::remove_all(path_); }

  std::string file(std::string_view name, std::string_view text) const {
    const std::filesystem::path path = path_ / name;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path, std::ios::binary) << text;
    return path.string();
  }
  std::string path() const { return path_.string(); }

 private:
  std::filesystem::path path_;
};

/// WafBench loads the module with a configuration that a test has changed to its needs. The library judges alone,
/// unless the test says otherwise.
class WafBench {
 public:
  WafBench() { config.engine = Engine::library; }
  Result<void> load() { return bench.load(config); }
  /// Loads `text` as the only rules, without the core rule set.
  Result<void> load_rules(std::string_view text) {
    config.rules = {waf::RuleSource{{directory.file("rules.conf", text)}}};
    return load();
  }

  Config config;
  Directory directory;
  NoStore store;
  testing::ModuleBench bench{descriptor, store};
};

/// browser is what a browser sends with a plain page request.
inline const testing::BenchFields& browser() {
  static const testing::BenchFields fields{
      {"user-agent",
       "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"},
      {"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8"},
      {"accept-language", "en-GB,en;q=0.9,de;q=0.7"},
      {"accept-encoding", "gzip, deflate, br"},
      {"cache-control", "max-age=0"},
      {"referer", "https://shop.example.com/catalogue/shoes"},
      {"sec-ch-ua", "\"Chromium\";v=\"124\", \"Not-A.Brand\";v=\"99\""},
      {"sec-ch-ua-mobile", "?0"},
      {"sec-ch-ua-platform", "\"Linux\""},
      {"sec-fetch-dest", "document"},
      {"sec-fetch-mode", "navigate"},
      {"sec-fetch-site", "same-origin"},
      {"sec-fetch-user", "?1"},
      {"upgrade-insecure-requests", "1"},
      {"cookie",
       "session=3f9a1c72e8b04d5fa6c7719be2d0485c; theme=dark; lang=en-GB; cart=8213-4471-9902; "
       "_seen=1714070000.1714071234; consent=necessary.analytics"},
  };
  return fields;
}

inline testing::BenchRequest get(std::string_view path, std::string_view query = {}) {
  testing::BenchRequest request;
  request.path = path;
  request.query = query;
  request.fields = browser();
  return request;
}

inline testing::BenchRequest post(std::string_view type, std::string_view body) {
  testing::BenchRequest request = get("/post/order");
  request.method = "POST";
  request.body = body;
  request.fields.emplace_back("content-type", type);
  return request;
}

}  // namespace ravelin::waf
