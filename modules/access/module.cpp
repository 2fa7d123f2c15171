#include "modules/access/module.h"

#include <string_view>

#include "modules/access/config.h"
#include "modules/access/list_file.h"

namespace ravelin::access {
namespace {

constexpr std::string_view reason = "access:denied";

class AccessModule final : public Module {
 public:
  AccessModule(PrefixSet allow, PrefixSet deny, bool at_accept, const PrefixSet& trusted_proxies)
      : allow_(std::move(allow)), deny_(std::move(deny)), at_accept_(at_accept), trusted_proxies_(trusted_proxies) {}

  // Behind a trusted proxy the client is not known yet, and a unix socket's peer has no address.
  Verdict on_connect(Loop&, const Peer& peer) const override {
    const Address& address = peer.address.address;
    if (!at_accept_ || address.is_none() || trusted_proxies_.contains(address)) return Verdict::pass();
    const std::string_view why = why_refused(address);
    return why.empty() ? Verdict::pass() : Verdict::drop(std::string(reason), std::string(why));
  }

  std::unique_ptr<Inspector> inspect(Exchange&) const override { return std::make_unique<AccessInspector>(*this); }

 private:
  class AccessInspector final : public Inspector {
   public:
    explicit AccessInspector(const AccessModule& module) : module_(module) {}

    Verdict on_request_head(Exchange& exchange) override {
      const std::string_view why = module_.why_refused(exchange.peer().client);
      return why.empty() ? Verdict::skip() : Verdict::reject(403, std::string(reason), std::string(why));
    }

   private:
    const AccessModule& module_;
  };

  // Empty: let in. Deny is asked first, so that it beats allow.
  std::string_view why_refused(const Address& client) const {
    if (deny_.contains(client)) return "the client's address is in deny";
    if (!allow_.is_empty() && !allow_.contains(client)) return "the client's address is not in allow";
    return {};
  }

  PrefixSet allow_;
  PrefixSet deny_;
  bool at_accept_;
  const PrefixSet& trusted_proxies_;
};

Result<PrefixSet> gather(std::vector<Prefix> blocks, const std::vector<FilePath>& files) {
  for (const FilePath& file : files) {
    auto more = read_list(file.path);
    if (!more) return std::move(more).error();
    blocks.insert(blocks.end(), more->begin(), more->end());
  }
  return PrefixSet(std::move(blocks));
}

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  const auto& config = static_cast<const Config&>(section);
  auto allow = gather(config.allow, config.allow_files);
  if (!allow) return std::move(allow).error();
  auto deny = gather(config.deny, config.deny_files);
  if (!deny) return std::move(deny).error();
  return std::unique_ptr<Module>(
      std::make_unique<AccessModule>(*std::move(allow), *std::move(deny), config.at_accept, services.trusted_proxies));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "access", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::access
