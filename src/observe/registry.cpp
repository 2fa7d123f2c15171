#include "observe/registry.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>
#include <algorithm>
#include <utility>

namespace ravelin::observe {

namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

constexpr double nanoseconds_per_second = 1e9;

MetricFamily family_of(const std::string& name, const std::string& help, MetricType type) {
  MetricFamily family;
  family.name = "ravelin_" + name;
  family.help = help;
  family.type = type;
  return family;
}

ClientMetric series_of(const Labels& labels) {
  ClientMetric series;
  for (const auto& [name, value] : labels) series.label.push_back({name, value});
  return series;
}

void read_histogram(ClientMetric::Histogram& into, const Rows& rows, std::uint32_t cell) {
  for (std::uint32_t i = 0; i <= Rows::bounds.size(); ++i) {
    into.sample_count += rows.sum(cell + i);
    if (i == Rows::bounds.size()) break;  // the serializer writes +Inf itself
    const double bound = static_cast<double>(Rows::bounds[i].count()) / nanoseconds_per_second;
    into.bucket.push_back({into.sample_count, bound});
  }
  into.sample_sum = static_cast<double>(rows.sum(cell + Rows::histogram_cells - 1)) / nanoseconds_per_second;
}

}  // namespace

std::uint32_t Registry::cell(Type type, std::string_view name, std::string_view help, Labels labels) {
  const std::lock_guard lock(cells_mutex_);
  auto family = families_.find(name);
  if (family == families_.end()) family = families_.emplace(name, Family{std::string(help), type, {}}).first;
  if (family->second.type != type) return Rows::nowhere;
  const auto [series, is_new] = family->second.cells.try_emplace(std::move(labels), Rows::nowhere);
  if (is_new) series->second = rows_.reserve(type == Type::histogram ? Rows::histogram_cells : 1);
  return series->second;
}

Counter Registry::counter(std::string_view name, std::string_view help, Labels labels) {
  return {rows_, cell(Type::counter, name, help, std::move(labels))};
}

Histogram Registry::histogram(std::string_view name, std::string_view help, Labels labels) {
  return {rows_, cell(Type::histogram, name, help, std::move(labels))};
}

SharedCounter Registry::shared_counter(std::string_view name, std::string_view help, Labels labels) {
  return {rows_, cell(Type::counter, name, help, std::move(labels))};
}

Occupancy Registry::occupancy(std::string_view name, std::string_view help, Labels labels) {
  return {rows_, cell(Type::occupancy, name, help, std::move(labels))};
}

void Registry::gauge(std::string_view name, std::string_view help, Labels labels, Function<double()> read) {
  const std::lock_guard lock(gauges_mutex_);
  GaugeFamily& family = (staged_ ? *staged_ : lasting_)[std::string(name)];
  family.help = help;
  family.reads[std::move(labels)] = std::move(read);
}

void Registry::begin_load() {
  const std::lock_guard lock(gauges_mutex_);
  staged_ = std::make_unique<Gauges>();
}

void Registry::commit_load() {
  const std::lock_guard lock(gauges_mutex_);
  if (const auto staged = std::exchange(staged_, nullptr)) current_ = std::move(*staged);
}

void Registry::abandon_load() {
  const std::lock_guard lock(gauges_mutex_);
  staged_.reset();
}

std::string Registry::scrape() {
  std::vector<MetricFamily> families;
  collect_cells(families);
  collect_gauges(families);
  std::sort(families.begin(), families.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  return prometheus::TextSerializer().Serialize(families);
}

void Registry::collect_cells(std::vector<MetricFamily>& into) {
  const std::lock_guard lock(cells_mutex_);
  for (const auto& [name, family] : families_) {
    constexpr MetricType types[]{MetricType::Counter, MetricType::Gauge, MetricType::Histogram};
    MetricFamily& out = into.emplace_back(family_of(name, family.help, types[static_cast<std::size_t>(family.type)]));
    for (const auto& [labels, cell] : family.cells) {
      ClientMetric& series = out.metric.emplace_back(series_of(labels));
      const std::uint64_t value = rows_.sum(cell);
      switch (family.type) {
        case Type::counter: series.counter.value = static_cast<double>(value); break;
        case Type::occupancy: series.gauge.value = static_cast<double>(static_cast<std::int64_t>(value)); break;
        case Type::histogram: read_histogram(series.histogram, rows_, cell); break;
      }
    }
  }
}

void Registry::collect_gauges(std::vector<MetricFamily>& into) {
  const std::lock_guard lock(gauges_mutex_);
  for (Gauges* gauges : {&current_, &lasting_}) {
    for (auto& [name, family] : *gauges) {
      if (gauges == &lasting_ && current_.contains(name)) continue;
      MetricFamily& out = into.emplace_back(family_of(name, family.help, MetricType::Gauge));
      for (auto& [labels, read] : family.reads) {
        out.metric.emplace_back(series_of(labels)).gauge.value = read();
      }
    }
  }
}

}  // namespace ravelin::observe
