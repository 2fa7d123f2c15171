#include "http/date.h"

#include <gtest/gtest.h>

namespace ravelin::http {

// The first is the RFC's own example.
TEST(Date, is_written_in_the_one_form_that_may_be_sent) {
  const auto at = [](long seconds) { return date_text(WallTime(std::chrono::seconds(seconds))); };
  EXPECT_EQ(at(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(at(0), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(at(951782399), "Mon, 28 Feb 2000 23:59:59 GMT");
  EXPECT_EQ(at(951782400), "Tue, 29 Feb 2000 00:00:00 GMT");
  EXPECT_EQ(date_text(WallTime(std::chrono::milliseconds(1999))), "Thu, 01 Jan 1970 00:00:01 GMT");
}

}  // namespace ravelin::http
