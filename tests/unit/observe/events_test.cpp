#include "observe/events.h"

#include <gtest/gtest.h>

#include <charconv>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "observe/event_fields.h"
#include "tests/unit/observe/sample.h"

namespace ravelin::observe {
namespace {

using namespace std::chrono_literals;

constexpr WallTime now{1'709'164'800s + 123456us};

std::string read(const std::filesystem::path& path) {
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

std::vector<std::string> split(const std::string& text, char by) {
  std::vector<std::string> parts;
  std::stringstream stream(text);
  for (std::string part; std::getline(stream, part, by);) parts.push_back(part);
  return parts;
}

/// GoldenCase fills a sample from lines "name: value"; see the README of tests/golden/observe.
struct GoldenCase {
  Sample sample;

  void set(const std::string& name, const std::string& value) {
    Exchange& e = sample.exchange;
    RequestHead& r = sample.request();
    const std::map<std::string, std::function<void()>> setters{
        {"method", [&] { r.method = sample.keep(value); }},
        {"host", [&] { r.host = sample.keep(value); }},
        {"path", [&] { r.path = sample.keep(value); }},
        {"query", [&] { r.query = sample.keep(value); }},
        {"version",
         [&] { r.version = value == "2"     ? Version::http2
                           : value == "1.0" ? Version::http10
                                            : Version::http11; }},
        {"id", [&] { e.set_id(value); }},
        {"peer", [&] { sample.peer.address = *SocketAddress::parse(value); }},
        {"client", [&] { sample.peer.client = value == "none" ? Address() : *Address::parse(value); }},
        {"tls", [&] { sample.tls.version = sample.keep(value); }},
        {"server_name", [&] { sample.tls.server_name = value; }},
        {"status", [&] { sample.answer(std::stoi(value)); }},
        {"request_body", [&] { e.request_body_bytes = std::stoull(value); }},
        {"response_body", [&] { e.response_body_bytes = std::stoull(value); }},
        {"route", [&] { e.route = sample.keep(value); }},
        {"upstream", [&] { e.upstream = sample.keep(value); }},
        {"endpoint", [&] { e.endpoint = sample.keep(value); }},
        {"reason", [&] { e.reason = value; }},
        {"ended_by", [&] { e.ended_by = sample.keep(value); }},
        {"times", [&] { set_times(split(value, ' ')); }},
        {"decision", [&] { add_decision(split(value, '|')); }},
        {"incident", [&] { add_incident(split(value, '|')); }},
    };
    if (name.starts_with("field ")) return r.fields.add(name.substr(6), value);
    setters.at(name)();
  }

  // Nanoseconds since the first; "-" for a step not reached.
  void set_times(const std::vector<std::string>& steps) {
    Times& t = sample.exchange.times;
    Time* const all[]{&t.started, &t.inspected, &t.connected, &t.response_head, &t.finished};
    for (std::size_t i = 0; i < steps.size(); ++i) {
      if (steps[i] != "-") *all[i] = Time(1h + Duration(std::stoll(steps[i])));
    }
  }
  void add_decision(const std::vector<std::string>& parts) {
    Decision decision;
    decision.module = sample.keep(parts.at(0));
    for (int k = 0; k <= static_cast<int>(DecisionKind::failed_closed); ++k) {
      if (to_string(static_cast<DecisionKind>(k)) == parts.at(1)) decision.kind = static_cast<DecisionKind>(k);
    }
    decision.reason = parts.at(2);
    decision.detail = parts.size() > 3 ? parts[3] : "";
    if (parts.size() > 4) decision.judged = {sample.keep(parts[4]), parts.size() > 5};
    sample.exchange.decisions.push_back(decision);
  }
  void add_incident(const std::vector<std::string>& parts) {
    Incident incident;
    incident.module = sample.keep(parts.at(0));
    incident.action = parts.at(1) == "banned" ? Action::banned : Action::detected;
    incident.reason = parts.at(2);
    incident.rules = split(parts.at(3), ',');
    incident.rule_name = parts.at(4);
    incident.score = std::stoi(parts.at(5));
    incident.detail = parts.size() > 6 ? parts[6] : "";
    sample.exchange.incidents.push_back(incident);
  }
};

std::string produce(const std::string& input) {
  GoldenCase golden;
  for (const std::string& line : split(input, '\n')) {
    if (line.empty() || line[0] == '#') continue;
    const std::size_t colon = line.find(": ");
    golden.set(line.substr(0, colon), line.substr(colon + 2));
  }
  std::string out;
  append_access(out, golden.sample.exchange, now);
  append_security(out, golden.sample.exchange, now);
  return out;
}

class GoldenEvents : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(GoldenEvents, are_the_lines_of_the_file) {
  const std::string text = read(GetParam());
  const std::size_t line = text.find("\n---\n");
  ASSERT_NE(line, std::string::npos);
  const std::string lines = produce(text.substr(0, line));
  EXPECT_EQ(lines, text.substr(line + 5));
  for (const std::string& each : split(lines, '\n')) EXPECT_TRUE(nlohmann::json::accept(each)) << each;
}

std::vector<std::filesystem::path> golden_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(RAVELIN_SOURCE_DIR "/tests/golden/observe")) {
    if (entry.path().extension() == ".event") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

INSTANTIATE_TEST_SUITE_P(Files, GoldenEvents, testing::ValuesIn(golden_files()),
                         [](const auto& test) { return test.param.stem().string(); });

TEST(Events, are_valid_json_whatever_bytes_a_peer_sends) {
  std::uint64_t random = 11;
  for (int round = 0; round < 300; ++round) {
    std::string bytes;
    for (int i = 0; i < 40; ++i) {
      random = random * 6364136223846793005U + 1442695040888963407U;
      bytes.push_back(static_cast<char>(random >> 40));
    }
    Sample sample;
    sample.request().method = sample.request().host = sample.request().path = sample.request().query =
        sample.keep(bytes);
    sample.request().fields.add("user-agent", bytes);
    sample.tls.version = "1.3";
    sample.tls.server_name = bytes;
    sample.exchange.set_id(bytes);
    sample.exchange.decisions.push_back({"waf", DecisionKind::reject, "waf:1", bytes, {}});
    std::string out;
    append_access(out, sample.exchange, now);
    append_security(out, sample.exchange, now);
    const auto lines = split(out, '\n');
    ASSERT_EQ(lines.size(), 2U);
    for (const std::string& line : lines) ASSERT_TRUE(nlohmann::json::accept(line)) << line;
  }
}

TEST(Events, tell_late_what_was_found_out_about_a_request_with_its_secrets_masked) {
  LateIncident late;
  late.incident.module = "waf";
  late.incident.reason = "waf:contradiction";
  late.incident.rules = {"942100"};
  late.incident.rule_name = "SQL Injection";
  late.incident.detail = "finds ARGS:id; password=hunter2 or";
  late.time = now;
  late.request_id = "7";
  late.method = "GET";
  late.host = "shop.example.com";
  late.path = "/a";
  late.query = "token=abc&id=1";
  late.client = *Address::parse("203.0.113.9");
  late.route = "shop";
  late.engine = "library";
  std::string out;
  append_late(out, late);
  EXPECT_EQ(out,
            R"({"@timestamp":"2024-02-29T00:00:00.123456Z","event":{"kind":"alert","dataset":"ravelin.security",)"
            R"("action":"detected","reason":"waf:contradiction"},"http":{"request":{"id":"7","method":"GET"}},)"
            R"("url":{"domain":"shop.example.com","path":"/a","query":"token=***&id=1"},"client":{"ip":"203.0.113.9"},)"
            R"("rule":{"id":"942100","name":"SQL Injection"},"ravelin":{"route":"shop","module":"waf",)"
            R"("reason":"waf:contradiction","waf":{"rules":["942100"],"score":0,"engine":"library"},)"
            R"("detail":"finds ARGS:id; password=*** or"}})"
            "\n");
}

TEST(Events, hold_a_head_of_the_longest_size) {
  Sample sample;
  sample.request().path = sample.keep(std::string(8192, '"'));
  sample.request().fields.add("user-agent", std::string(16384, '\x01'));
  std::string out;
  append_access(out, sample.exchange, now);
  EXPECT_EQ(nlohmann::json::parse(out)["url"]["path"].get<std::string>().size(), 8192U);
}

TEST(Events, tell_of_bans_without_a_request) {
  Ban ban;
  ban.prefix = *Prefix::parse("2001:db8::/64");
  ban.jail = "manual";
  ban.reason = "ban:manual";
  ban.author = "ops";
  ban.evidence = "seen token=abc";
  ban.until = now + 1h;
  std::string out;
  append_ban(out, ban, Action::unbanned, now);
  EXPECT_EQ(out, R"({"@timestamp":"2024-02-29T00:00:00.123456Z","event":{"kind":"alert","dataset":"ravelin.security",)"
                 R"("action":"unbanned","reason":"ban:manual"},"client":{"ip":"2001:db8::"},"ravelin":{"module":"ban",)"
                 R"("reason":"ban:manual","jail":"manual","ban":{"prefix":"2001:db8::/64","times":1,)"
                 R"("until":"2024-02-29T01:00:00.123456Z","author":"ops"},"detail":"seen token=***"}})"
                 "\n");
}

TEST(Events, tell_of_connections_closed_at_accept) {
  Sample sample;
  std::string out;
  append_refused_connection(out, sample.peer, "ban", "ban:sshd", now);
  EXPECT_EQ(out,
            R"({"@timestamp":"2024-02-29T00:00:00.123456Z","event":{"kind":"alert","dataset":"ravelin.security",)"
            R"("action":"blocked","reason":"ban:sshd"},"client":{"ip":"203.0.113.9"},"source":{"ip":"203.0.113.9"},)"
            R"("ravelin":{"module":"ban","reason":"ban:sshd","jail":"sshd"}})"
            "\n");
}

TEST(TraceId, is_taken_from_a_valid_traceparent_only) {
  const std::string id = "4bf92f3577b34da6a3ce929d0e0e4736";
  const std::string rest = "-00f067aa0ba902b7-01";
  EXPECT_EQ(trace_id("00-" + id + rest), id);
  EXPECT_EQ(trace_id("cc-" + id + rest + "-more"), id);
  EXPECT_EQ(trace_id("00-" + id + rest + "-more"), "");
  EXPECT_EQ(trace_id("cc-" + id + rest + "more"), "");
  EXPECT_EQ(trace_id("ff-" + id + rest), "");
  EXPECT_EQ(trace_id("00-" + std::string(32, '0') + rest), "");
  EXPECT_EQ(trace_id("00-" + id + "-0000000000000000-01"), "");
  EXPECT_EQ(trace_id("00-4BF92F3577B34DA6A3CE929D0E0E4736" + rest), "");
  EXPECT_EQ(trace_id("00-" + id), "");
}

}  // namespace
}  // namespace ravelin::observe
