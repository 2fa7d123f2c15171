#pragma once

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ravelin/loop.h"

namespace ravelin::waf {

namespace plan {
struct Proof;
struct Score;
}  // namespace plan

/// Outcome is what came of a request that the plan was asked about. Another one has its name here; what is shown
/// follows.
enum class Outcome : std::uint8_t { clean, scored, doubtful, dirty };
inline constexpr std::array<std::string_view, 4> outcome_names{"clean", "scored", "doubtful", "dirty"};
/// Whether the library has to judge.
constexpr bool is_for_library(Outcome outcome) { return outcome == Outcome::doubtful || outcome == Outcome::dirty; }

/// Answer is what the plan has said of one request.
struct Answer {
  Outcome outcome = Outcome::clean;
  std::int64_t rule = 0;     // because of which it is not clean; 0 if of none
  std::string_view doubt{};  // static
};
Answer answer_of(const plan::Proof& proof);
/// Of a score that has not been tried to be spared.
Answer answer_of(const plan::Score& score);
/// Of a request that is not clean, of which `proof` was the answer so far.
Answer answer_of(const Answer& proof, const plan::Score& score);

/// Why the library had to judge, as a label: "match", or what kind of doubt there was.
enum class Cause : std::uint8_t { match, xml, json, multipart, head, order, effort, score, scanner, other };
inline constexpr std::array<std::string_view, 10> cause_names{"match", "xml",    "json",  "multipart", "head",
                                                              "order", "effort", "score", "scanner",   "other"};
/// Of one that leaves the request to the library.
Cause cause_of(const Answer& answer);

/// Recheck is what came of having the library judge a request again that the plan has judged. skipped: the offload pool
/// was full; failed: the library threw.
enum class Recheck : std::uint8_t { agreed, contradicted, skipped, failed };
inline constexpr std::array<std::string_view, 4> recheck_names{"agreed", "contradicted", "skipped", "failed"};

/// Number is written by one thread and read by any.
class Number {
 public:
  void add(std::uint64_t amount = 1) { set(get() + amount); }
  void set(std::uint64_t value) { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

/// Table counts by key: the first `most` different ones, and all others together. Written by one thread, read by any.
template <class Key, std::size_t most>
class Table {
 public:
  void add(const Key& key) {
    const std::size_t used = used_.load(std::memory_order_relaxed);
    const auto end = rows_.begin() + static_cast<std::ptrdiff_t>(used);
    const auto row = std::find_if(rows_.begin(), end, [&](const Row& known) { return known.key == key; });
    if (row == rows_.end()) return others_.add();
    row->count.add();
    if (row != end) return;
    row->key = key;  // no reader looks at it before the next line
    used_.store(used + 1, std::memory_order_release);
  }

  template <class Visit>
  void read(Visit&& visit) const {
    const std::size_t used = used_.load(std::memory_order_acquire);
    for (std::size_t i = 0; i < used; ++i) visit(rows_[i].key, rows_[i].count.get());
  }
  std::uint64_t others() const { return others_.get(); }

 private:
  struct Row {
    Key key{};
    Number count;
  };
  std::array<Row, most> rows_;
  std::atomic<std::size_t> used_{0};
  Number others_;
};

/// Cost is processor time, counted.
struct Cost {
  /// Upper bounds of the classes that it is counted in; one more class is above them all.
  static constexpr std::array<Duration, 12> bounds{
      std::chrono::microseconds(5),   std::chrono::microseconds(10),  std::chrono::microseconds(20),
      std::chrono::microseconds(50),  std::chrono::microseconds(100), std::chrono::microseconds(200),
      std::chrono::microseconds(500), std::chrono::milliseconds(1),   std::chrono::milliseconds(2),
      std::chrono::milliseconds(5),   std::chrono::milliseconds(10),  std::chrono::milliseconds(50)};

  std::uint64_t count = 0;
  Duration total{};
  Duration most{};
  std::array<std::uint64_t, bounds.size() + 1> classes{};
};

/// Totals are the sums of a tally over all workers. Lists have the largest first.
struct Totals {
  std::array<std::uint64_t, outcome_names.size()> outcomes{};
  std::array<std::uint64_t, recheck_names.size()> rechecks{};
  using ByRule = std::vector<std::pair<std::int64_t, std::uint64_t>>;
  ByRule rules;                   // those that made requests the library's
  std::uint64_t other_rules = 0;  // requests, of rules beyond what is counted one by one
  ByRule scored_rules;            // those because of which requests were not clean, and judged by the plan
  std::uint64_t other_scored_rules = 0;
  std::vector<std::pair<std::string, std::uint64_t>> doubts;
  Cost proving;
  Cost library;

  std::uint64_t operator[](Outcome outcome) const { return outcomes[static_cast<std::size_t>(outcome)]; }
  std::uint64_t operator[](Recheck recheck) const { return rechecks[static_cast<std::size_t>(recheck)]; }
};

/// Tally counts what became of a policy's requests, for `ravelin waf status`. Each worker counts in its own part,
/// without locks; about 10 KiB each.
class Tally {
 public:
  static constexpr std::size_t most_rules = 256;
  static constexpr std::size_t most_doubts = 32;

  explicit Tally(unsigned workers);
  Tally(const Tally&) = delete;
  Tally& operator=(const Tally&) = delete;
  ~Tally();

  /// On the worker's thread. `cost` is processor time.
  void count(const Loop& loop, const Answer& answer, Duration cost);
  void count_library(const Loop& loop, Duration cost);
  void count(const Loop& loop, Recheck recheck);

  /// Any thread.
  Totals totals() const;

 private:
  struct Part;
  std::vector<std::unique_ptr<Part>> parts_;
};

}  // namespace ravelin::waf
