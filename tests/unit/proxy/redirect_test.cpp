#include "proxy/redirect.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "ravelin/testing/manual_loop.h"

namespace ravelin::proxy {
namespace {

class Redirects : public ::testing::Test {
 protected:
  Redirects() {
    auto head = std::make_unique<RequestHead>();
    head->scheme = "http";
    head->path = "/a";
    exchange.set_request(std::move(head));
  }

  ManualLoop loop;
  Peer peer;
  TlsSession tls;
  Exchange exchange{loop, peer, tls};
};

TEST_F(Redirects, need_a_host_unless_another_is_given) {
  const auto https = https_location(exchange, 443);
  ASSERT_FALSE(https);
  EXPECT_EQ(https.error().code, "route:no_host");
  EXPECT_EQ(https.error().status, 400);
  EXPECT_EQ(RouteRedirect("https://${host}/", 302).location(exchange).error().code, "route:no_host");
  EXPECT_EQ(*RouteRedirect("https://b${path}", 302).location(exchange), "https://b/a");
  EXPECT_EQ(location_at("www.example.com", exchange), "http://www.example.com/a");
}

TEST_F(Redirects, refuse_what_leads_above_the_root) {
  exchange.request().path = "/";
  EXPECT_EQ(RouteRedirect("${path}../x", 302).location(exchange).error().code, "route:redirect");
}

TEST_F(Redirects, are_in_words_that_http10_knows) {
  exchange.request().version = Version::http10;
  EXPECT_EQ(make_redirect(exchange, 308, "/").head->status, 301);
  EXPECT_EQ(make_redirect(exchange, 307, "/").head->status, 302);
  EXPECT_EQ(make_redirect(exchange, 303, "/").head->status, 303);
}

}  // namespace
}  // namespace ravelin::proxy
