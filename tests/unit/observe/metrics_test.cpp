#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "observe/gateway_metrics.h"
#include "observe/registry.h"
#include "tests/unit/observe/sample.h"

namespace ravelin::observe {
namespace {

using namespace std::chrono_literals;

bool has(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST(Registry, sums_the_rows_of_all_workers_and_continues_a_series_after_a_reload) {
  Registry registry(2);
  ManualLoop first(0), second(1), main(7);
  Counter counter = registry.counter("things_total", "Things.", {{"kind", "a\"b"}});
  counter.add(first, 3);
  counter.add(second);
  counter.add(main);  // no worker: the shared row
  registry.counter("things_total", "Things.", {{"kind", "a\"b"}}).add(second);
  registry.shared_counter("things_total", "Things.", {{"kind", "other"}}).add(2);
  const std::string text = registry.scrape();
  EXPECT_TRUE(has(text, "# HELP ravelin_things_total Things.")) << text;
  EXPECT_TRUE(has(text, "# TYPE ravelin_things_total counter")) << text;
  EXPECT_TRUE(has(text, "ravelin_things_total{kind=\"a\\\"b\"} 6")) << text;
  EXPECT_TRUE(has(text, "ravelin_things_total{kind=\"other\"} 2")) << text;
}

TEST(Registry, puts_durations_in_the_bucket_that_holds_them) {
  Registry registry(1);
  ManualLoop loop;
  Histogram histogram = registry.histogram("wait_seconds", "Waits.");
  for (const Duration d : {Duration(-1ns), Duration(100us), Duration(100us + 1ns), Duration(60s), Duration(61s)}) {
    histogram.observe(loop, d);
  }
  const std::string text = registry.scrape();
  EXPECT_TRUE(has(text, "ravelin_wait_seconds_bucket{le=\"0.0001\"} 2")) << text;
  EXPECT_TRUE(has(text, "ravelin_wait_seconds_bucket{le=\"0.00025\"} 3")) << text;
  EXPECT_TRUE(has(text, "ravelin_wait_seconds_bucket{le=\"60\"} 4")) << text;
  EXPECT_TRUE(has(text, "ravelin_wait_seconds_bucket{le=\"+Inf\"} 5")) << text;
  EXPECT_TRUE(has(text, "ravelin_wait_seconds_count 5")) << text;
}

TEST(Registry, counts_who_leaves_on_another_worker_than_they_entered) {
  Registry registry(2);
  ManualLoop first(0), second(1);
  Occupancy inside = registry.occupancy("guests", "Guests.");
  inside.enter(first);
  inside.enter(first);
  inside.leave(second);
  EXPECT_TRUE(has(registry.scrape(), "ravelin_guests 1"));
}

TEST(Registry, reads_gauges_of_the_load_in_force_only) {
  Registry registry(1);
  registry.gauge("lasting", "L.", {}, [] { return 1.0; });
  registry.begin_load();
  registry.gauge("loaded", "L.", {{"of", "first"}}, [] { return 1.0; });
  EXPECT_EQ(registry.scrape().find("loaded"), std::string::npos);
  registry.commit_load();
  EXPECT_NE(registry.scrape().find("of=\"first\""), std::string::npos);
  registry.begin_load();
  registry.gauge("loaded", "L.", {{"of", "failed"}}, [] { return 1.0; });
  registry.abandon_load();
  EXPECT_NE(registry.scrape().find("of=\"first\""), std::string::npos);
  registry.begin_load();
  registry.gauge("loaded", "L.", {{"of", "second"}}, [] { return 1.0; });
  registry.commit_load();
  const std::string text = registry.scrape();
  EXPECT_EQ(text.find("first"), std::string::npos);
  EXPECT_EQ(text.find("failed"), std::string::npos);
  EXPECT_NE(text.find("of=\"second\""), std::string::npos);
  EXPECT_TRUE(has(text, "ravelin_lasting 1"));
}

TEST(Registry, gives_a_dead_handle_for_a_name_of_another_type) {
  Registry registry(1);
  ManualLoop loop;
  registry.counter("x_total", "X.").add(loop);
  registry.histogram("x_total", "X.").observe(loop, 1s);
  EXPECT_TRUE(has(registry.scrape(), "ravelin_x_total 1"));
}

TEST(Registry, serves_workers_while_series_are_added_and_scraped) {
  Registry registry(2);
  Counter counter = registry.counter("c_total", "C.");
  const auto work = [&](unsigned worker) {
    ManualLoop loop(worker);
    Counter mine = counter;
    for (int i = 0; i < 20'000; ++i) mine.add(loop);
  };
  std::thread first(work, 0), second(work, 1);
  ManualLoop loop(0);
  for (int i = 0; i < 2000; ++i) registry.histogram("h_seconds", "H.", {{"n", std::to_string(i)}});
  (void)registry.scrape();
  first.join();
  second.join();
  EXPECT_TRUE(has(registry.scrape(), "ravelin_c_total 40000"));
}

struct GatewayMetricsTest : testing::Test {
  Registry registry{1};
  GatewayMetrics metrics{registry, 1, "0.1.0"};
  Sample sample;
};

TEST_F(GatewayMetricsTest, counts_requests_by_route_code_and_protocol) {
  RouteMetrics route = metrics.route("shop");
  sample.exchange.times.started = Time(1h);
  sample.exchange.times.finished = Time(1h + 20ms);
  route.count(sample.exchange);
  sample.request().version = Version::http2;
  for (const int status : {200, 200, 404, 599, -3, 70'000}) {
    sample.answer(status);
    route.count(sample.exchange);
  }
  metrics.route("shop").count(sample.exchange);
  const std::string text = registry.scrape();
  EXPECT_TRUE(has(text, R"(ravelin_requests_total{route="shop",protocol="http/1.1",code="none"} 1)")) << text;
  EXPECT_TRUE(has(text, R"(ravelin_requests_total{route="shop",protocol="h2",code="200"} 2)")) << text;
  EXPECT_TRUE(has(text, R"(ravelin_requests_total{route="shop",protocol="h2",code="other"} 4)")) << text;
  EXPECT_TRUE(has(text, R"(ravelin_request_duration_seconds_count{route="shop"} 8)")) << text;
}

TEST_F(GatewayMetricsTest, never_makes_more_series_of_refusals_than_are_bounded) {
  for (int rule = 0; rule < 2000; ++rule) metrics.refused(sample.loop, "waf", "waf:" + std::to_string(rule));
  metrics.refused(sample.loop, "ban", "ban:sshd");
  for (int i = 0; i < 5000; ++i) metrics.refused(sample.loop, "odd", "odd:x" + std::to_string(i));
  const std::string text = registry.scrape();
  EXPECT_TRUE(has(text, R"(ravelin_refused_total{module="waf",reason="waf"} 2000)"));
  EXPECT_TRUE(has(text, R"(ravelin_refused_total{module="ban",reason="ban:sshd"} 1)"));
  std::size_t series = 0, counted = 0;
  for (std::size_t at = 0; (at = text.find("ravelin_refused_total{module=\"odd\"", at)) != std::string::npos; ++at) {
    ++series;
    counted += std::stoul(text.substr(text.find("} ", at) + 2));
  }
  EXPECT_LE(series, 257U);
  EXPECT_EQ(counted, 5000U);
}

TEST_F(GatewayMetricsTest, counts_tunnels_by_route) {
  TunnelMetrics tunnels = metrics.tunnels("shop");
  for (int i = 0; i < 2; ++i) tunnels.open.enter(sample.loop);
  tunnels.open.leave(sample.loop);
  tunnels.opened.add(sample.loop, 2);
  tunnels.bytes_from_client.add(sample.loop, 5);
  const std::string text = registry.scrape();
  EXPECT_TRUE(has(text, R"(ravelin_tunnels{route="shop"} 1)")) << text;
  EXPECT_TRUE(has(text, R"(ravelin_tunnels_opened_total{route="shop"} 2)")) << text;
  EXPECT_TRUE(has(text, R"(ravelin_tunnel_bytes_total{route="shop",from="client"} 5)")) << text;
}

TEST_F(GatewayMetricsTest, tells_the_last_reload) {
  metrics.reloaded(true, WallTime(1'700'000'000s));
  metrics.reloaded(false, WallTime(1'700'000'500s));
  const std::string text = registry.scrape();
  EXPECT_TRUE(has(text, "ravelin_config_last_reload_success 0")) << text;
  EXPECT_TRUE(has(text, "ravelin_config_last_reload_timestamp_seconds 1700000000")) << text;
}

TEST_F(GatewayMetricsTest, is_what_promtool_calls_good) {
  if (std::system("command -v promtool >/dev/null 2>&1") != 0) GTEST_SKIP() << "promtool is not installed";
  sample.answer(200);
  metrics.route("shop").count(sample.exchange);
  metrics.listener("https").active.enter(sample.loop);
  metrics.endpoint("k3s", "10.0.0.1:80", "10.0.0.1:80").requests.add(sample.loop, 200);
  metrics.upstream_healthy("k3s", "10.0.0.1:80", [] { return true; });
  metrics.store_up([] { return true; });
  metrics.tunnels("shop").opened.add(sample.loop);
  metrics.handshake(sample.loop, "1.3", HandshakeResult::ok);
  metrics.refused(sample.loop, "waf", "waf:942100");
  registry.shared_counter("events_dropped_total", "Event lines lost, by sink.", {{"sink", "access"}});
  const std::string path = testing::TempDir() + "ravelin-metrics.txt";
  std::ofstream(path) << registry.scrape();
  EXPECT_EQ(std::system(("promtool check metrics < " + path).c_str()), 0);
  std::remove(path.c_str());
}

}  // namespace
}  // namespace ravelin::observe
