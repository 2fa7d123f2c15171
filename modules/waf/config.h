#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "ravelin/schema.h"

namespace ravelin::waf {

enum class Inspect : std::uint8_t { off, on };
constexpr auto enum_names(Inspect) {
  return std::array{EnumName<Inspect>{"off", Inspect::off}, EnumName<Inspect>{"on", Inspect::on}};
}

/// Engine says who judges requests: the plan what it is certain of and the library the rest; the library alone; or
/// both, the library deciding, to see whether they agree.
enum class Engine : std::uint8_t { automatic, library, shadow };
constexpr auto enum_names(Engine) {
  return std::array{EnumName<Engine>{"auto", Engine::automatic}, EnumName<Engine>{"library", Engine::library},
                    EnumName<Engine>{"shadow", Engine::shadow}};
}

/// Scoring says who judges what is not clean: the plan, where it knows exactly what the library would say, or the
/// library all of it.
enum class Scoring : std::uint8_t { automatic, library };
constexpr auto enum_names(Scoring) {
  return std::array{EnumName<Scoring>{"auto", Scoring::automatic}, EnumName<Scoring>{"library", Scoring::library}};
}

/// RuleSource is one item of `rules`: a file, or the word crs for the installed core rule set.
struct RuleSource {
  FilePath file{};  // empty: crs
  bool is_crs() const { return file.is_empty(); }
  std::string_view text() const { return is_crs() ? "crs" : std::string_view(file.path); }
  void bind_value(Binder& b) {
    if (b.word("crs", is_crs()))
      file = {};
    else
      b.value(file);
  }
};

/// Config is the section `waf:`.
struct Config final : Section {
  std::vector<RuleSource> rules{RuleSource{}};
  FilePath crs_directory;
  std::uint32_t paranoia = 1;
  std::uint32_t detection_paranoia = 0;  // 0: as `paranoia`
  std::uint32_t inbound_threshold = 5;
  std::uint32_t outbound_threshold = 4;
  ByteSize body_limit{128 * 1024};
  std::uint32_t argument_limit = 256;
  std::uint32_t json_depth = 64;
  Duration effort_limit = std::chrono::milliseconds(200);
  Inspect response_body = Inspect::off;
  ByteSize response_limit{64 * 1024};
  Engine engine = Engine::automatic;
  Scoring scoring = Scoring::automatic;
  std::uint32_t recheck_every = 1000;
  FilePath cache_directory;

  void bind(Binder& binder) override;

  std::uint32_t executing_paranoia() const { return detection_paranoia == 0 ? paranoia : detection_paranoia; }
  bool inspects_responses() const { return response_body == Inspect::on; }
};

}  // namespace ravelin::waf
