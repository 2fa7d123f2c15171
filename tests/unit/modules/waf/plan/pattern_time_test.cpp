#include "modules/waf/plan/pattern_time.h"

#include <gtest/gtest.h>

namespace ravelin::waf::plan {
namespace {

TEST(PatternTime, is_linear_for_what_repeats_nothing) {
  for (const char* pattern : {"", "\\x25", "abc|d", "(?:a|b)?c", "[*+{]", "\\*\\+\\{", "(?i)a", "(?i:a)", "[]*]",
                              "[^]*]", "^a$", "a?b?c?d?e?f?", "(a|b|c|d)(e|f|g|h)", "a|b|c|d|e|f|g|h|i|(j|k)"})
    EXPECT_TRUE(takes_linear_time(pattern)) << pattern;
  for (const char* pattern : {"a*", "a+", "a{2}", "(a|b)+", "(a)\\1", "(?R)", "(?1)", "(?>a)", "(?=a)", "[[:alpha:]*]",
                              "\\Qa\\E", "a?b?c?d?e?f?g?", "(a|b|c|d)(e|f|g|h)(i|j|k|l|m)",
                              "(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)(?:a|a)!", "[a", "a\\", "\\X"})
    EXPECT_FALSE(takes_linear_time(pattern)) << pattern;
}

}  // namespace
}  // namespace ravelin::waf::plan
