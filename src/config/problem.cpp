#include "config/problem.h"

#include <algorithm>
#include <utility>

namespace ravelin::config {

std::string to_string(const Place& place) {
  std::string text(place.file);
  if (place.line > 0) text += ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
  return text;
}

std::string to_string(const Problem& problem) {
  return to_string(Place{problem.file, problem.line, problem.column}) +
         (problem.severity == Severity::error ? ": error: " : ": warning: ") + problem.message;
}

void Problems::add(Severity severity, const Place& place, const std::string& path, const std::string& message) {
  if (severity == Severity::error) ++errors_;
  if (severity == Severity::error && !path.empty()) wrong_paths_.insert(path);
  if (problems_.size() >= most) {
    ++left_out_;
    return;
  }
  if (!seen_.emplace(place.file, place.line, place.column, message).second) return;
  const std::string file(place.file);
  if (std::find(files_.begin(), files_.end(), file) == files_.end()) files_.push_back(file);
  problems_.push_back({severity, file, place.line, place.column, path.empty() ? message : path + ": " + message});
}

std::vector<Problem> Problems::take() {
  const auto order = [this](const Problem& problem) {
    const auto file = std::find(files_.begin(), files_.end(), problem.file) - files_.begin();
    return std::tuple(file, problem.line, problem.column);
  };
  std::stable_sort(problems_.begin(), problems_.end(),
                   [&](const Problem& a, const Problem& b) { return order(a) < order(b); });
  if (left_out_ > 0) {
    problems_.push_back({Severity::error, problems_.back().file, 0, 0,
                         "and " + std::to_string(left_out_) + " more problems; correct these first"});
  }
  return std::move(problems_);
}

}  // namespace ravelin::config
