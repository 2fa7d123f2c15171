#include "modules/waf/plan/memo.h"

#include <random>

#include "modules/waf/plan/hash.h"

namespace ravelin::waf::plan {
// A stranger who finds values that share a place can make them forgotten, no more: there is one per place.
Memo::Memo() {
  std::random_device random;
  secret_ = std::uint64_t{random()} << 32 | random();
}

bool Memo::knows(std::uint64_t about, std::string_view name, std::string_view value) {
  if (name.size() + value.size() > longest) return false;
  hash_ = hash(value, hash(name, secret_ + about));
  const Entry& entry = entries_[hash_ % places];
  return entry.hash == hash_ && entry.about == about && !entry.text.empty() && entry.name_size == name.size() &&
         entry.text.size() == name.size() + value.size() && entry.text.starts_with(name) && entry.text.ends_with(value);
}

void Memo::learn(std::uint64_t about, std::string_view name, std::string_view value) {
  if (name.size() + value.size() > longest) return;
  Entry& entry = entries_[hash_ % places];
  if (!entry.text.empty() && entry.next != hash_) {
    entry.next = hash_;
    return;
  }
  entry.hash = hash_;
  entry.about = about;
  entry.name_size = static_cast<std::uint32_t>(name.size());
  entry.text.assign(name).append(value);
}

}  // namespace ravelin::waf::plan
