#include "modules/headers/module.h"

#include <array>
#include <string_view>

#include "modules/headers/config.h"

namespace ravelin::headers {
namespace {

enum class Where : unsigned char { everywhere, tls_only };

struct Standard {
  std::string_view name;
  std::string_view value;
  Profile from;  // the mildest profile that sets it
  Where where;
};

constexpr std::array standards{
    // One year; subdomains and preloading bind more than this site, so they are the operator's choice.
    // RFC 6797, 7.2: must not be sent over a connection without TLS.
    Standard{"strict-transport-security", "max-age=31536000", Profile::basic, Where::tls_only},
    Standard{"x-content-type-options", "nosniff", Profile::basic, Where::everywhere},
    Standard{"x-frame-options", "SAMEORIGIN", Profile::basic, Where::everywhere},
    Standard{"referrer-policy", "strict-origin-when-cross-origin", Profile::basic, Where::everywhere},
    // Only what hardly any site needs; one that does sets its own.
    Standard{"permissions-policy", "camera=(), microphone=(), usb=()", Profile::strict, Where::everywhere},
    // allow-popups keeps sign-in and payment windows working. Browsers ignore it without TLS.
    Standard{"cross-origin-opener-policy", "same-origin-allow-popups", Profile::strict, Where::tls_only},
    Standard{"x-permitted-cross-domain-policies", "none", Profile::strict, Where::everywhere},
};

bool is_telltale(const Field& field) {
  return field.name == "server" || field.name == "x-powered-by" || field.name.starts_with("x-aspnet");
}

class HeadersInspector final : public Inspector {
 public:
  explicit HeadersInspector(Profile profile) : profile_(profile) {}

  Verdict on_response_head(Exchange& exchange) override {
    // 101 starts another protocol, and its head belongs to the handshake.
    if (exchange.response().status < 200) return Verdict::pass();
    HeaderList& fields = exchange.response().fields;
    fields.remove_if(is_telltale);
    for (const Standard& standard : standards) {
      if (standard.from > profile_ || fields.has(standard.name)) continue;
      if (standard.where == Where::tls_only && !exchange.tls().is_on()) continue;
      fields.add_view(standard.name, standard.value);
    }
    return Verdict::pass();
  }

 private:
  Profile profile_;
};

class HeadersModule final : public Module {
 public:
  explicit HeadersModule(Profile profile) : profile_(profile) {}

  std::unique_ptr<Inspector> inspect(Exchange&) const override {
    if (profile_ == Profile::off) return nullptr;
    return std::make_unique<HeadersInspector>(profile_);
  }

 private:
  Profile profile_;
};

std::unique_ptr<Section> make_section() { return std::make_unique<Config>(); }

// In detect mode nothing on the wire may change, so the profile is as good as off.
Result<std::unique_ptr<Module>> make(const Section& section, const Services& services) {
  const auto& config = static_cast<const Config&>(section);
  const Profile profile = services.mode == Mode::enforce ? config.profile : Profile::off;
  return std::unique_ptr<Module>(std::make_unique<HeadersModule>(profile));
}

}  // namespace

constinit const Descriptor descriptor{
    .name = "headers", .needs = {}, .provides = {}, .make_section = make_section, .make = make};

}  // namespace ravelin::headers
