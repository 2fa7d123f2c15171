#include "waf_diff/minimise.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace ravelin::waf_diff {
namespace {

class Minimiser {
 public:
  Minimiser(Sample sample, const std::function<bool(const Sample&)>& still_differs, std::size_t tries)
      : best_(std::move(sample)), still_differs_(still_differs), tries_(tries) {}

  Sample run() {
    std::size_t size = 0;
    do {
      size = size_of(best_);
      drop_body();
      drop_fields();
      shorten([](Sample& s) -> std::string& { return s.uri; });
      shorten([](Sample& s) -> std::string& { return s.body; });
      for (std::size_t i = 0; i < best_.fields.size(); ++i)
        shorten([i](Sample& s) -> std::string& { return s.fields[i].value; });
    } while (size_of(best_) < size && tries_ > 0);
    return best_;
  }

 private:
  static std::size_t size_of(const Sample& sample) {
    std::size_t size = sample.uri.size() + sample.body.size() + sample.fields.size();
    for (const Field& field : sample.fields) size += field.value.size();
    return size;
  }

  // Mending may put back what was taken, so a step counts only if something has become smaller.
  bool is_taken(Sample candidate) {
    candidate = mended(std::move(candidate));
    if (tries_ == 0 || size_of(candidate) >= size_of(best_)) return false;
    --tries_;
    if (!still_differs_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  void drop_body() {
    if (best_.body.empty()) return;
    Sample candidate = best_;
    candidate.body.clear();
    candidate.method = "GET";
    std::erase_if(candidate.fields, [](const Field& field) { return field.name == "content-type"; });
    is_taken(std::move(candidate));
  }

  void drop_fields() {
    for (std::size_t i = best_.fields.size(); i-- > 0;) {
      if (i >= best_.fields.size()) continue;
      Sample candidate = best_;
      candidate.fields.erase(candidate.fields.begin() + static_cast<std::ptrdiff_t>(i));
      is_taken(std::move(candidate));
    }
  }

  // Stretches of half the text, then a quarter, down to single bytes.
  template <class Part>
  void shorten(Part part) {
    for (std::size_t stretch = std::max<std::size_t>(part(best_).size() / 2, 1); stretch > 0; stretch /= 2) {
      for (std::size_t at = 0; at < part(best_).size() && tries_ > 0;) {
        Sample candidate = best_;
        part(candidate).erase(at, stretch);
        if (!is_taken(std::move(candidate))) at += stretch;
      }
    }
  }

  Sample best_;
  const std::function<bool(const Sample&)>& still_differs_;
  std::size_t tries_;
};

}  // namespace

Sample minimised(const Sample& sample, const std::function<bool(const Sample&)>& still_differs,
                 std::size_t most_tries) {
  return Minimiser(sample, still_differs, most_tries).run();
}

Policy minimised(const Policy& policy, const std::function<bool(const Policy&)>& still_differs,
                 std::size_t most_tries) {
  Policy best = policy;
  for (const auto part : {&Policy::before, &Policy::after}) {
    for (std::size_t i = (best.*part).size(); i-- > 0 && most_tries > 0; --most_tries) {
      Policy candidate = best;
      (candidate.*part).erase((candidate.*part).begin() + static_cast<std::ptrdiff_t>(i));
      if (still_differs(candidate)) best = std::move(candidate);
    }
  }
  return best;
}

}  // namespace ravelin::waf_diff
