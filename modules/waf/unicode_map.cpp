#include "modules/waf/plan/unicode_map.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "modules/waf/library.h"

namespace ravelin::waf {

void set_unicode_map(modsecurity::RulesSet& rules) {
  constexpr double us_ascii = 20127;
  auto map = std::make_shared<modsecurity::UnicodeMapHolder>();
  for (int code = 0; code <= 0xffff; ++code) {
    const int ascii = plan::ascii_of(static_cast<std::uint16_t>(code));
    if (ascii >= 0) map->change(code, ascii);
  }
  rules.m_unicodeMapTable.m_set = true;
  rules.m_unicodeMapTable.m_unicodeCodePage = us_ascii;
  rules.m_unicodeMapTable.m_unicodeMapTable = std::move(map);
}

}  // namespace ravelin::waf
