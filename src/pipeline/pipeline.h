#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

#include "ravelin/module.h"

namespace ravelin::pipeline {

enum class OnError : std::uint8_t { open, closed };

/// StageCounters counts what one module decided, whatever the mode; see module_verdicts_total.
struct StageCounters {
  static constexpr std::size_t kinds = 8;
  std::array<Counter, kinds> by_kind;  // indexed by DecisionKind

  Counter& operator[](DecisionKind kind) { return by_kind[static_cast<std::size_t>(kind)]; }
};

/// Stage is one module's place in a pipeline, with the keys that every module section has.
struct Stage {
  std::string_view name;           // lives as long as the Generation
  const Module* module = nullptr;  // owned by the Generation
  Mode mode = Mode::enforce;
  OnError on_error = OnError::closed;
  Duration timeout = std::chrono::milliseconds(500);
  Place place;                     // the line that a decision of this module names
  mutable StageCounters counters;  // handles; each worker writes its own cells
};

/// Pipeline is the ordered modules of a route; immutable and shared by all workers. A module with
/// mode off has no stage.
struct Pipeline {
  std::vector<Stage> stages;
};

/// Registers the counters of a module's stages.
StageCounters make_counters(Metrics& metrics, std::string_view module);

}  // namespace ravelin::pipeline
