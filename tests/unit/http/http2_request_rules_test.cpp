#include "http/http2/request_rules.h"

#include <gtest/gtest.h>

#include <string>

#include "http/fields.h"

namespace ravelin::http::http2 {

TEST(Http2RequestRules, a_name_is_a_token_in_lower_case_whatever_stands_where) {
  for (std::size_t size = 1; size <= 40; ++size) {
    for (std::size_t at = 0; at < size; ++at) {
      for (int c = 0; c < 256; ++c) {
        std::string name(size, 'x');
        name[at] = static_cast<char>(c);
        RequestRules rules;
        rules.begin();
        ASSERT_EQ(rules.admits({name, false}, "value"), is_lower_token(name)) << c << " at " << at << " of " << size;
        ASSERT_EQ(rules.has_odd_names(), is_odd_name(name)) << c << " at " << at << " of " << size;
      }
    }
  }
}

}  // namespace ravelin::http::http2
