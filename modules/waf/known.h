#pragma once

#include <algorithm>
#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "ravelin/result.h"

namespace ravelin::waf {

/// Known finds what was made before from the same: sections of one configuration that say the same share what they
/// load. It owns nothing. Any thread; one makes at a time.
template <class T>
class Known {
 public:
  /// Claim is what the sections have: a T is found as long as somebody has a claim to it, and not because something
  /// else, a request that is still judged, needs it for longer.
  struct Claim {
    std::shared_ptr<T> object;
  };

  /// What is claimed by this key, or what `make()`, a Result<std::shared_ptr<T>>, gives.
  template <class Make>
  Result<std::shared_ptr<const Claim>> find(const std::string& key, Make make) {
    const std::lock_guard lock(lock_);
    forget();
    if (const auto known = claims_.find(key); known != claims_.end())
      if (auto claim = known->second.lock()) return claim;
    Result<std::shared_ptr<T>> made = make();
    if (!made) return std::move(made).error();
    const auto claim = std::make_shared<const Claim>(Claim{*made});
    claims_[key] = claim;
    objects_.push_back(*made);
    return claim;
  }

  /// Tells `visit` of the key of each that is claimed, and of it.
  template <class Visit>
  void each(Visit visit) {
    const std::lock_guard lock(lock_);
    for (const auto& [key, known] : claims_)
      if (const auto claim = known.lock()) visit(key, *claim->object);
  }

  /// How many there are, claimed or not.
  std::size_t alive() {
    const std::lock_guard lock(lock_);
    forget();
    return objects_.size();
  }

 private:
  void forget() {
    std::erase_if(claims_, [](const auto& entry) { return entry.second.expired(); });
    std::erase_if(objects_, [](const auto& object) { return object.expired(); });
  }

  std::mutex lock_;
  std::map<std::string, std::weak_ptr<const Claim>> claims_;
  std::vector<std::weak_ptr<T>> objects_;
};

}  // namespace ravelin::waf
