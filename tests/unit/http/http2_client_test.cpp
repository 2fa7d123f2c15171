#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "unit/http/http2_origin.h"

namespace ravelin::http::test {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Http2Client, sends_a_request_and_reads_its_response) {
  Link link;
  Owner& owner = link.client.request();
  link.run();
  EXPECT_EQ(link.server.log(), "request GET /|end 0\n");
  EXPECT_EQ(link.server[0].head->authority, "origin");
  EXPECT_EQ(link.server[0].head->body, BodyKind::none);
  link.server[0].answer(200, "hello");
  link.run();
  EXPECT_EQ(owner.log, "200 sized 5 content-type=text/plain;|end|closed|");
  EXPECT_EQ(owner.response->version, Version::http2);
  EXPECT_EQ(owner.body, "hello");
  EXPECT_TRUE(link.client.codec->is_idle());
  EXPECT_TRUE(link.client.codec->may_open());
  EXPECT_EQ(link.client.codec->protocol(), "h2");
}

}  // namespace
}  // namespace ravelin::http::test
