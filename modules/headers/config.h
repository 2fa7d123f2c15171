#pragma once

#include <array>

#include "ravelin/schema.h"

namespace ravelin::headers {

enum class Profile : unsigned char { off, basic, strict };

constexpr auto enum_names(Profile) {
  return std::array{EnumName<Profile>{"strict", Profile::strict}, EnumName<Profile>{"basic", Profile::basic},
                    EnumName<Profile>{"off", Profile::off}};
}

struct Config final : Section {
  Profile profile = Profile::basic;

  void bind(Binder& b) override {
    b.key("profile", profile,
          "Which response headers are set where the origin did not. basic: HSTS (TLS only), nosniff, frame and "
          "referrer; strict adds Permissions-Policy, Cross-Origin-Opener-Policy (TLS only) and "
          "X-Permitted-Cross-Domain-Policies. Both remove Server, X-Powered-By and X-AspNet-*.");
  }
};

}  // namespace ravelin::headers
