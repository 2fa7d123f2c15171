#include <dlfcn.h>

#include <string>
#include <string_view>

#include "modules/waf/plan/operator_families.h"

namespace ravelin::waf::plan::family {
namespace {

// libinjection is a part of libmodsecurity, which exports it; there is no header of it on the system.
struct Injection {
  int (*sqli)(const char* text, std::size_t size, char* fingerprint);
  int (*xss)(const char* text, std::size_t size);
};

template <class Function>
Function find_function(const char* name) {
  return reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, name));
}

const Injection& injection() {
  static const Injection found{find_function<decltype(Injection::sqli)>("libinjection_sqli"),
                               find_function<decltype(Injection::xss)>("libinjection_xss")};
  return found;
}

// What it reads is never null.
const char* text_of(std::string_view value) { return value.empty() ? "" : value.data(); }

class DetectSqli final : public Matcher {
 public:
  bool matches(std::string_view value) const override {
    Fingerprint fingerprint{};
    return is_found(value, fingerprint);
  }
  bool matches(std::string_view value, Captures& captures) const override {
    captures.clear();
    Fingerprint fingerprint{};
    if (!is_found(value, fingerprint)) return false;
    captures.emplace_back(fingerprint);
    return true;
  }

 private:
  using Fingerprint = char[8];
  bool is_found(std::string_view value, Fingerprint& fingerprint) const {
    return injection().sqli(text_of(value), value.size(), fingerprint) != 0;
  }
};

class DetectXss final : public Matcher {
 public:
  // It reads behind a text that ends amid a character reference, up to the NUL that it takes for granted.
  bool matches(std::string_view value) const override {
    thread_local std::string text;
    text.assign(value);
    return injection().xss(text.c_str(), text.size()) != 0;
  }
  bool matches(std::string_view value, Captures& captures) const override {
    captures.clear();
    if (!matches(value)) return false;
    captures.emplace_back(value);
    return true;
  }
};

}  // namespace

Compiled compile_injection(const Operator& op, const std::string&) {
  if (injection().sqli == nullptr || injection().xss == nullptr)
    return refused(op, "this build of libmodsecurity does not export libinjection");
  if (op.name == "detectsqli") return std::unique_ptr<Matcher>(std::make_unique<DetectSqli>());
  return std::unique_ptr<Matcher>(std::make_unique<DetectXss>());
}

}  // namespace ravelin::waf::plan::family
