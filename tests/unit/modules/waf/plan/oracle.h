#pragma once

#include <modsecurity/rule_message.h>
#include <modsecurity/rules_set.h>
#include <modsecurity/transaction.h>

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "modules/waf/library.h"

namespace ravelin::waf::plan {

/// Oracle asks libmodsecurity: rules of phase 1 over ARGS:x, by their ids what they wrote as log data.
class Oracle {
 public:
  explicit Oracle(const std::string& rules, const std::string& file = "oracle.conf")
      : rules_(std::make_unique<modsecurity::RulesSet>()) {
    const std::lock_guard lock(load_lock());
    is_loaded_ = rules_->load(("SecRuleEngine On\n" + rules).c_str(), file) >= 0;
    set_unicode_map(*rules_);
  }

  bool is_loaded() const { return is_loaded_; }
  std::string error() const { return rules_->m_parserError.str(); }

  /// The log data of each rule that matched when ARGS:x is `value`, whatever its bytes.
  std::map<std::int64_t, std::string> ask(const std::string& value) const {
    std::string id = "oracle";
    modsecurity::Transaction transaction(&library(), rules_.get(), id.data(), nullptr);
    transaction.processURI("/", "GET", "1.1");
    transaction.addArgument("GET", "x", value, 0);
    transaction.processRequestHeaders();
    std::map<std::int64_t, std::string> answers;
    for (const auto& message : transaction.m_rulesMessages) answers[message.m_ruleId] = message.m_data;
    return answers;
  }

 private:
  std::unique_ptr<modsecurity::RulesSet> rules_;
  bool is_loaded_ = false;
};

/// Generator makes the same values in every run: pieces that matter, put together at random.
class Generator {
 public:
  explicit Generator(std::vector<std::string> pieces, unsigned seed = 1) : pieces_(std::move(pieces)), random_(seed) {}

  std::string value() {
    std::string made;
    for (std::size_t left = below(9); left > 0; --left) made += piece();
    return made;
  }
  std::string bytes(std::size_t most) {
    std::string made(below(most), '\0');
    for (char& byte : made) byte = static_cast<char>(below(256));
    return made;
  }
  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random_); }

 private:
  std::string piece() {
    if (below(8) == 0) return {static_cast<char>(below(256))};
    std::string made = pieces_[below(pieces_.size())];
    if (below(10) == 0 && !made.empty()) made[below(made.size())] = static_cast<char>(below(256));
    if (below(10) == 0) made.resize(below(made.size() + 1));
    return made;
  }

  std::vector<std::string> pieces_;
  std::mt19937 random_;
};

/// For messages: what is not printable as \xNN.
inline std::string shown(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    const auto code = static_cast<unsigned char>(byte);
    constexpr std::string_view digits = "0123456789abcdef";
    if (code >= 0x20 && code < 0x7f) {
      text += byte;
    } else {
      text += {'\\', 'x', digits[code >> 4], digits[code & 0xf]};
    }
  }
  return text;
}

}  // namespace ravelin::waf::plan
