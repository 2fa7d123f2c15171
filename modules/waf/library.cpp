#include "modules/waf/library.h"

#include <memory>
#include <string>
#include <vector>

namespace ravelin::waf {
namespace {

using modsecurity::VariableValue;
using modsecurity::collection::Collection;
using modsecurity::variables::KeyExclusions;

// Keeps nothing, in place of the library's ip, session, user, global and resource collections. Those
// are read without their lock in 3.0.9 (a data race between two evaluations) and never shrink; bans
// and counters are Ravelin's own `ban` and `ratelimit`. Rules of an operator that would write to one
// are refused at load.
class NoCollection final : public Collection {
 public:
  using Collection::Collection;
  using Collection::del;
  using Collection::resolveFirst;
  using Collection::resolveMultiMatches;
  using Collection::resolveRegularExpression;
  using Collection::resolveSingleMatch;
  using Collection::store;
  using Collection::storeOrUpdateFirst;
  using Collection::updateFirst;

  void store(std::string, std::string) override {}
  bool storeOrUpdateFirst(const std::string&, const std::string&) override { return true; }
  bool updateFirst(const std::string&, const std::string&) override { return false; }
  void del(const std::string&) override {}
  std::unique_ptr<std::string> resolveFirst(const std::string&) override { return nullptr; }
  void resolveSingleMatch(const std::string&, std::vector<const VariableValue*>*) override {}
  void resolveMultiMatches(const std::string&, std::vector<const VariableValue*>*, KeyExclusions&) override {}
  void resolveRegularExpression(const std::string&, std::vector<const VariableValue*>*, KeyExclusions&) override {}
};

void forget(Collection*& collection) {
  const std::string name = collection->m_name;
  delete collection;
  collection = new NoCollection(name);
}

modsecurity::ModSecurity* make_library() {
  auto* made = new modsecurity::ModSecurity;
  made->setConnectorInformation("Ravelin");
  // Matches are read from the transaction; without a callback each would be printed to stderr.
  made->setServerLogCb([](void*, const void*) {}, modsecurity::RuleMessageLogProperty);
  forget(made->m_global_collection);
  forget(made->m_resource_collection);
  forget(made->m_ip_collection);
  forget(made->m_session_collection);
  forget(made->m_user_collection);
  return made;
}

}  // namespace

// Both are process-wide because the library's state is; neither is ever destroyed.
modsecurity::ModSecurity& library() {
  static modsecurity::ModSecurity* const only = make_library();
  return *only;
}

std::mutex& load_lock() {
  static auto* const only = new std::mutex;
  return *only;
}

}  // namespace ravelin::waf
