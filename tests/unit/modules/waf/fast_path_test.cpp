#include "modules/waf/fast_path.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <future>
#include <set>
#include <thread>

#include "modules/waf/inspector.h"
#include "modules/waf/tally.h"
#include "support/waf_bench.h"

namespace ravelin::waf {
namespace {

// Which the plan does not take apart.
const std::string odd_part =
    "--x\r\nContent-Disposition: form-data; name=\"a\"; filename*=utf-8''b\r\n\r\n1\r\n--x--\r\n";

using ::testing::Contains;
using ::testing::HasSubstr;

constexpr std::string_view rule = "SecRule ARGS \"@rx bad\" \"id:1,phase:2,deny,log,msg:'bad'\"\n";

FastPath::Source texts(std::string_view text) { return {{{"rules.conf", std::string(text)}}, 0, {}, 64, 0, false}; }

plan::Request request(std::string_view uri) {
  plan::Request request;
  request.method = "GET";
  request.uri = uri;
  request.version = "1.1";
  request.client = "192.0.2.1";
  return request;
}

/// HeardAlerts keeps what was written.
class HeardAlerts final : public Alerts {
 public:
  void write(const LateIncident& late) override { heard.push_back(late); }

  std::vector<LateIncident> heard;
};

class FastPaths : public ::testing::Test {
 protected:
  std::shared_ptr<FastPath> make(FastPath::Source source) {
    auto path = std::make_shared<FastPath>(std::move(source), 1, log, &alerts);
    path->wait();
    return path;
  }

  // Which of 2000 requests are to be judged again, one in ten.
  std::string sample_with(std::uint64_t seed) {
    FastPath::Source source = texts(rule);
    source.recheck_every = 10;
    source.seed = seed;
    const auto path = make(std::move(source));
    std::string due;
    while (due.size() < 2000) due += path->is_due(loop) ? 'x' : '.';
    return due;
  }

  ManualLoop loop;
  testing::BenchLog log;
  HeardAlerts alerts;
};

// Sections that differ in nothing else share a path.
TEST_F(FastPaths, lend_provers_that_may_spend_what_is_said) {
  const auto path = make(texts(R"x(SecRule ARGS "@rx (?:\w+\s?)*;(?!evilx)evil" "id:1,phase:2,deny")x"));
  std::string text;
  for (int i = 0; i < 40; ++i) text += std::string(17, 'x') + "!";
  const std::string uri = "/?a=" + text + ";evilx";
  for (const auto& [effort, is_clean] : {std::pair<Duration, bool>(std::chrono::milliseconds(5), false),
                                         std::pair<Duration, bool>(std::chrono::seconds(10), true),
                                         std::pair<Duration, bool>(std::chrono::milliseconds(5), false)})
    EXPECT_EQ(path->lend_prover(effort)->judge(request(uri)).is_clean, is_clean);
}

TEST_F(FastPaths, prove_what_no_rule_matches_and_nothing_else) {
  const auto path = make(texts(rule));
  ASSERT_TRUE(path->is_on());
  EXPECT_TRUE(path->prover(loop).judge(request("/?a=good")).is_clean);
  const plan::Proof proof = path->prover(loop).judge(request("/?a=bad"));
  EXPECT_FALSE(proof.is_clean);
  EXPECT_EQ(proof.rule, 1);
}

// As a reload makes them: requests are not left to the library until the same is compiled again.
TEST_F(FastPaths, with_the_rules_of_another_have_its_plan_at_once) {
  const auto first = make(texts(rule));
  FastPath second(texts(rule), 1, log, &alerts);
  ASSERT_TRUE(second.is_on());
  EXPECT_FALSE(second.prover(loop).judge(request("/?a=bad")).is_clean);
  EXPECT_EQ(second.status().cpu, first->status().cpu);
  const auto other = make(texts("SecRule ARGS \"@rx good\" \"id:1,phase:2,deny,log,msg:'bad'\"\n"));
  EXPECT_TRUE(other->prover(loop).judge(request("/?a=bad")).is_clean);
  EXPECT_FALSE(other->prover(loop).judge(request("/?a=good")).is_clean);
}

TEST_F(FastPaths, are_off_for_rules_that_are_not_planned_and_say_why) {
  EXPECT_FALSE(make(texts("SecRule REMOTE_ADDR \"@rbl example.org\" \"id:1,phase:1,deny\"\n"))->is_on());
  EXPECT_THAT(log.lines, Contains(HasSubstr("no fast path")));
}

// Without a request the library takes the macro for nothing, so that it has removed what the plan would ask about.
TEST_F(FastPaths, are_off_where_the_library_has_read_other_rules_than_the_plan) {
  WafBench waf;
  waf.config.engine = Engine::automatic;
  ASSERT_TRUE(
      waf.load_rules("SecRule ARGS \"@rx bad\" \"id:1,phase:2,deny,msg:'se%{tx.x}en'\"\n"
                     "SecRuleRemoveByMsg \"seen\"\n"));
  EXPECT_THAT(waf.bench.log.lines, Contains(HasSubstr("is missing among the removed rules of the plan")));
  EXPECT_EQ(waf.bench.metrics.read("waf_fast_path_rules{route=bench}"), 0);
}

TEST_F(FastPaths, are_off_for_a_rule_that_matches_every_request) {
  EXPECT_TRUE(make(texts("SecAction \"id:1,phase:1,pass,log\"\n"))->is_on()) << "without a message it is not logged";
  EXPECT_FALSE(make(texts("SecAction \"id:1,phase:1,pass,log,msg:'x'\"\n"))->is_on());
  EXPECT_THAT(log.lines, Contains(HasSubstr("rule 1 matches every request")));
}

// 516 bytes took libmodsecurity 12 s, on the loop.
TEST(XmlBodies, that_multiply_themselves_are_refused) {
  WafBench waf;
  ASSERT_TRUE(waf.load_rules("SecRule XML:/* \"@rx evil\" \"id:1,phase:2,deny\"\n"));
  std::string quotes;
  for (int i = 0; i < 120; ++i) quotes += "'/";
  std::string uses;
  for (int i = 0; i < 80; ++i) uses += "&x;";
  std::string attributes = "<a";
  for (int i = 0; i < 300; ++i) attributes += " a" + std::to_string(i) + "=''";
  const auto reason = [&](const std::string& body) { return waf.bench.run(post("text/xml", body)).reason; };
  EXPECT_EQ(reason("<!DOCTYPE a [<!ENTITY x \"" + quotes + "\">]><a>" + uses + "</a>"), "waf:malformed_body");
  EXPECT_EQ(reason("<!DOCTYPE a [<!ATTLIST a b CDATA 'c'>]><a/>"), "waf:malformed_body");
  EXPECT_EQ(reason("<?xml version='1.0' encoding='UTF-7'?><a/>"), "waf:malformed_body");
  EXPECT_EQ(reason(attributes + "/>"), "waf:argument_limit");
  EXPECT_EQ(reason("<?xml version='1.0' encoding='ISO-8859-1'?><!DOCTYPE plist PUBLIC 'a' 'b'><a>b</a>"), "");
  EXPECT_EQ(
      reason("<s:E xmlns:s='http://schemas.xmlsoap.org/soap/envelope/' s:encodingStyle='x'><a>encoding</a></s:E>"), "");
  EXPECT_EQ(reason("<?xml version='1.0'?><a><![CDATA[<!ENTITY x 'y'>]]></a>"), "");
  EXPECT_EQ(reason("<a>evil</a>"), "waf:1");
}

// Runs of letters, each of which takes time that doubles with its length.
TEST_F(FastPaths, refuse_what_takes_more_effort_than_its_limit) {
  std::string text;
  for (int i = 0; i < 60; ++i) text += std::string(17, 'x') + "!";
  for (const auto& [limit, reason] :
       {std::pair<Duration, std::string>(std::chrono::milliseconds(5), "waf:effort_limit"),
        std::pair<Duration, std::string>(std::chrono::seconds(10), "")}) {
    WafBench waf;
    waf.config.engine = Engine::automatic;
    waf.config.effort_limit = limit;
    ASSERT_TRUE(waf.load_rules("SecRule ARGS \"@rx (?:\\w+\\s?)*;(?!evilx)evil\" \"id:1,phase:2,deny\"\n"));
    while (waf.bench.metrics.read("waf_fast_path_ready{route=bench}") == 0) std::this_thread::yield();
    const auto outcome = waf.bench.run(post("application/x-www-form-urlencoded", "a=" + text + ";evilx"));
    EXPECT_EQ(outcome.reason, reason);
    EXPECT_EQ(outcome.status, reason.empty() ? 200 : 400);
    const std::uint64_t costly = waf.bench.metrics.count("waf_unproved_total{route=bench,cause=effort}");
    EXPECT_EQ(costly, reason.empty() ? 0u : 1u);
  }
}

TEST_F(FastPaths, end_with_the_first_wrong_proof_and_say_so) {
  const auto path = make(texts(rule));
  path->contradict(942100, "request-7");
  EXPECT_FALSE(path->is_on());
  EXPECT_EQ(path->contradictions(), 1u);
  EXPECT_THAT(log.lines,
              Contains(HasSubstr("request-7 was judged without libmodsecurity, which differs at rule 942100")));
  EXPECT_EQ(path->status().why, "request request-7 was judged without libmodsecurity, which differs at rule 942100");
}

TEST_F(FastPaths, that_are_watched_go_on_after_a_wrong_proof) {
  FastPath::Source source = texts(rule);
  source.is_watched = true;
  const auto path = make(std::move(source));
  path->contradict(1, "request-7");
  path->contradict(1, "request-8");
  EXPECT_TRUE(path->is_on());
  EXPECT_EQ(path->contradictions(), 2u);
}

TEST_F(FastPaths, are_due_for_a_second_look_once_in_so_many_requests_at_random) {
  const std::string due = sample_with(7);
  const auto taken = static_cast<double>(std::count(due.begin(), due.end(), 'x'));
  EXPECT_NEAR(taken / static_cast<double>(due.size()), 0.1, 0.02);
  std::set<std::size_t> gaps;
  for (std::size_t at = 0, last = 0; (at = due.find('x', at)) != std::string::npos; last = at++) gaps.insert(at - last);
  EXPECT_GT(gaps.size(), 10u) << "the next one could be told from the last: " << due;
}

TEST_F(FastPaths, take_the_same_requests_for_the_same_secret_and_others_for_another) {
  EXPECT_EQ(sample_with(7), sample_with(7));
  EXPECT_NE(sample_with(7), sample_with(8));
}

TEST_F(FastPaths, say_how_far_they_are_and_what_their_plan_covers) {
  const FastPath::Status ready = make(texts(rule))->status();
  EXPECT_EQ(ready.state, FastPath::State::ready);
  EXPECT_EQ(ready.why, "");
  EXPECT_EQ(ready.coverage.phases[1].rules, 1u);
  EXPECT_EQ(ready.coverage.phases[1].evaluated, 1u);
  EXPECT_GT(ready.compiled_sets, 0u);
  const FastPath::Status off =
      make(texts("SecRule REMOTE_ADDR \"@rbl example.org\" \"id:1,phase:1,deny\"\n"))->status();
  EXPECT_EQ(off.state, FastPath::State::off);
  EXPECT_THAT(off.why, HasSubstr("not planned"));
  ASSERT_EQ(off.coverage.gaps.size(), 1u);
  EXPECT_EQ(off.coverage.gaps[0].phase, 1);
  EXPECT_THAT(off.coverage.gaps[0].why, HasSubstr("rules.conf:1: "));
}

TEST_F(FastPaths, are_off_if_a_file_has_changed_since_the_library_has_read_it) {
  const Directory directory;
  const std::string words = directory.file("words.data", "evil\n");
  FastPath::Source source = texts("SecRule ARGS \"@pmFromFile " + words + "\" \"id:1,phase:2,deny\"\n");
  const auto rules = plan::parse(source.texts);
  ASSERT_TRUE(rules);
  source.hash_of_files = plan::hash_of_files(*rules);
  EXPECT_EQ(make(source)->status().state, FastPath::State::ready);
  directory.file("words.data", "other\n");
  const FastPath::Status changed = make(source)->status();
  EXPECT_EQ(changed.state, FastPath::State::off);
  EXPECT_THAT(changed.why, HasSubstr("reload"));
}

TEST_F(FastPaths, need_not_compile_what_their_cache_directory_has) {
  const Directory directory;
  FastPath::Source source = texts(rule);
  source.cache = directory.path();
  EXPECT_GT(make(source)->status().compiled_sets, 0u);
  EXPECT_EQ(make(source)->status().compiled_sets, 0u);
}

TEST_F(FastPaths, are_never_due_if_that_is_switched_off) {
  const auto path = make(texts(rule));
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(path->is_due(loop));
}

TEST_F(FastPaths, write_no_log_after_it_is_gone) {
  const auto path = make(texts(rule));
  const std::size_t before = log.lines.size();
  path->close();
  path->contradict(1, LateIncident{});
  EXPECT_EQ(log.lines.size(), before);
  EXPECT_TRUE(alerts.heard.empty());
}

TEST_F(FastPaths, use_a_cache_directory_of_their_own_only) {
  const Directory directory;
  EXPECT_EQ(cache_directory(directory.path()), directory.path());
  std::filesystem::permissions(directory.path(), std::filesystem::perms::all);
  EXPECT_EQ(cache_directory(directory.path()), "");
}

// Inspectors whose library and plan were given different rules: what is tested is who decides, and what is noticed.
class DifferingModule final : public Module {
 public:
  DifferingModule(const RuleInspector::Means& means, RouteSeries& series) : means_(means), series_(series) {}
  std::unique_ptr<Inspector> inspect(Exchange&) const override {
    return std::make_unique<RuleInspector>(means_, RuleInspector::Counts{{}, {}, {}, {}, Account(series_)});
  }

 private:
  const RuleInspector::Means& means_;
  RouteSeries& series_;
};

class Differing : public FastPaths {
 protected:
  void load(Engine engine, unsigned recheck_every, Scoring scoring = Scoring::library) {
    Config config;
    config.rules = {RuleSource{{directory.file("rules.conf", rule)}}};
    auto policy = Policy::load(config, log);
    ASSERT_TRUE(policy);
    FastPath::Source source = texts("SecRule ARGS \"@rx other\" \"id:2,phase:2,deny,log\"\n");
    source.recheck_every = recheck_every;
    source.is_watched = engine == Engine::shadow;
    means = {*policy, make(std::move(source)), engine, scoring};
  }
  Verdict::Kind judge(std::string_view query) {
    testing::BenchRequest wanted;
    wanted.query = query;
    wanted.fields = {{"cookie", "session=c00kie"}, {"authorization", "Basic aHVudGVyMg=="}};
    testing::BenchExchange exchange(loop, module, wanted);
    const Verdict verdict = exchange.request_head();
    loop.run();
    return verdict.kind();
  }
  std::uint64_t rechecks(std::string_view result) const {
    return metrics.count("waf_rechecks_total{route=bench,result=" + std::string(result) + "}");
  }

  Directory directory;
  RuleInspector::Means means;
  testing::BenchMetrics metrics;
  std::shared_ptr<RouteSeries> series = std::make_shared<RouteSeries>(metrics, "bench", std::make_shared<Tally>(1));
  DifferingModule module{means, *series};
};

TEST_F(Differing, automatic_lets_the_plan_spare_the_library) {
  load(Engine::automatic, 0);
  EXPECT_EQ(judge("a=bad"), Verdict::Kind::pass);
  EXPECT_EQ(judge("a=other"), Verdict::Kind::pass) << "the library is asked, and knows no such rule";
  EXPECT_TRUE(means.fast_path->is_on());
}

TEST_F(Differing, automatic_gives_up_when_a_second_look_finds_something) {
  load(Engine::automatic, 1);
  EXPECT_EQ(judge("a=bad"), Verdict::Kind::pass);
  EXPECT_FALSE(means.fast_path->is_on());
  EXPECT_EQ(judge("a=bad"), Verdict::Kind::reject) << "the library judges now";
  EXPECT_EQ(rechecks("contradicted"), 1u);
  EXPECT_EQ(series->tally->totals()[Recheck::contradicted], 1u);
}

TEST_F(Differing, a_wrong_proof_is_a_security_event_that_shows_no_secrets_of_the_request) {
  load(Engine::automatic, 1);
  loop.set_wall(WallTime(std::chrono::seconds(7)));
  judge("a=bad&password=hunter2");
  ASSERT_EQ(alerts.heard.size(), 1u);
  const LateIncident& late = alerts.heard.front();
  EXPECT_EQ(late.incident.reason, "waf:contradiction");
  EXPECT_THAT(late.incident.rules, ::testing::ElementsAre("1"));
  EXPECT_THAT(late.incident.detail, HasSubstr("at rule 1, which finds waf:1: bad"));
  EXPECT_THAT(late.incident.detail, HasSubstr("fields cookie authorization"));
  for (const char* secret : {"hunter2", "c00kie", "aHVudGVyMg"})
    EXPECT_THAT(late.incident.detail, ::testing::Not(HasSubstr(secret)));
  EXPECT_EQ(late.request_id, "bench-1");
  EXPECT_EQ(late.query, "a=bad&password=hunter2") << "masked by who writes it";
  EXPECT_EQ(late.time, WallTime(std::chrono::seconds(7)));
  EXPECT_EQ(late.engine, "library");
}

TEST_F(Differing, automatic_counts_a_second_look_that_found_nothing) {
  load(Engine::automatic, 1);
  judge("a=good");
  EXPECT_EQ(rechecks("agreed"), 1u);
  EXPECT_EQ(rechecks("contradicted"), 0u);
  EXPECT_TRUE(alerts.heard.empty());
}

TEST_F(Differing, automatic_lets_the_plan_refuse_and_gives_up_when_the_library_would_not) {
  load(Engine::automatic, 0, Scoring::automatic);
  EXPECT_EQ(judge("a=other"), Verdict::Kind::reject);
  EXPECT_TRUE(means.fast_path->is_on());
  load(Engine::automatic, 1, Scoring::automatic);
  EXPECT_EQ(judge("a=other"), Verdict::Kind::reject);
  EXPECT_FALSE(means.fast_path->is_on());
  EXPECT_THAT(log.lines, Contains(HasSubstr("differs at rule 2")));
  EXPECT_EQ(rechecks("contradicted"), 1u);
  EXPECT_EQ(series->tally->totals()[Outcome::scored], 2u);
  ASSERT_EQ(alerts.heard.size(), 1u);
  EXPECT_THAT(alerts.heard.front().incident.detail,
              HasSubstr("differs from libmodsecurity at rule 2, which finds nothing"));
}

TEST_F(Differing, shadow_counts_a_refusal_that_the_library_would_not_make) {
  load(Engine::shadow, 0, Scoring::automatic);
  EXPECT_EQ(judge("a=other"), Verdict::Kind::pass);
  EXPECT_EQ(means.fast_path->contradictions(), 1u);
}

TEST_F(Differing, automatic_goes_on_when_there_is_no_room_for_a_second_look) {
  load(Engine::automatic, 1);
  loop.set_offload_full(true);
  EXPECT_EQ(judge("a=good"), Verdict::Kind::pass);
  EXPECT_TRUE(means.fast_path->is_on());
  EXPECT_EQ(rechecks("skipped"), 1u);
}

TEST_F(Differing, shadow_decides_by_the_library_and_counts_where_the_plan_is_wrong) {
  load(Engine::shadow, 0);
  EXPECT_EQ(judge("a=bad"), Verdict::Kind::reject);
  EXPECT_EQ(judge("a=good"), Verdict::Kind::pass);
  EXPECT_EQ(means.fast_path->contradictions(), 1u);
  EXPECT_TRUE(means.fast_path->is_on());
  EXPECT_EQ(rechecks("contradicted"), 1u);
  EXPECT_EQ(rechecks("agreed"), 1u);
  EXPECT_EQ(alerts.heard.size(), 1u);
}

// The module as it is configured, with the core rule set.
class FastCore : public ::testing::Test {
 protected:
  void load(Engine engine) {
    waf.config.engine = engine;
    ASSERT_TRUE(waf.load());
    while (waf.bench.metrics.read("waf_fast_path_ready{route=bench}") == 0) std::this_thread::yield();
  }
  std::uint64_t proofs(const char* result) {
    return waf.bench.metrics.count(std::string("waf_proofs_total{route=bench,result=") + result + "}");
  }

  WafBench waf;
};

TEST_F(FastCore, spares_ordinary_requests_the_library_and_blocks_the_same) {
  load(Engine::automatic);
  EXPECT_EQ(waf.bench.run(get("/catalogue/shoes", "page=3&sort=price&q=walking+boots")).status, 200);
  EXPECT_EQ(waf.bench.run(post("application/json", R"({"customer":{"name":"Anna"},"items":[1,2]})")).status, 200);
  EXPECT_EQ(waf.bench.run(post("application/x-www-form-urlencoded", "name=Anna+Smith&city=Leeds")).status, 200);
  EXPECT_EQ(proofs("clean"), 3u);
  const auto outcome = waf.bench.run(get("/s", "q=%3Cscript%3Ealert(1)%3C/script%3E"));
  EXPECT_EQ(outcome.status, 403);
  EXPECT_EQ(outcome.reason, "waf:941100");
  EXPECT_EQ(proofs("scored"), 1u);
  EXPECT_EQ(waf.bench.run(post("text/xml", "<a>b</a>")).status, 200);
  EXPECT_EQ(proofs("clean"), 4u);
  EXPECT_EQ(waf.bench.run(post("text/xml", "<!DOCTYPE a><a>b</a>")).status, 200);
  EXPECT_EQ(proofs("clean"), 5u);
  EXPECT_EQ(waf.bench.run(post("multipart/form-data; boundary=x", odd_part)).status, 400);
  EXPECT_EQ(proofs("library"), 1u);
}

// Which would keep the loop for long.
TEST_F(FastCore, judges_long_bodies_on_the_pool) {
  waf.config.body_limit = ByteSize{1024 * 1024};
  load(Engine::automatic);
  const std::string file =
      "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n" +
      std::string(600'000, 'z') + "\r\n";
  const std::string form = "multipart/form-data; boundary=x";
  EXPECT_EQ(waf.bench.run(post(form, file + "--x--\r\n")).status, 200);
  EXPECT_EQ(proofs("clean"), 1u);
  const std::string evil =
      file + "--x\r\nContent-Disposition: form-data; name=\"q\"\r\n\r\n<script>alert(1)</script>\r\n--x--\r\n";
  EXPECT_EQ(waf.bench.run(post(form, evil)).reason, "waf:941100");
  EXPECT_EQ(proofs("scored"), 1u);
  waf.bench.loop.set_offload_full(true);
  EXPECT_EQ(waf.bench.run(post(form, file + "--x--\r\n")).reason, "bench:failed");
}

// With libmodsecurity each of them took ten seconds of a thread that nobody can interrupt.
TEST_F(FastCore, judges_texts_made_to_be_costly_or_refuses_them) {
  load(Engine::automatic);
  std::string quotes;
  while (quotes.size() < 100'000) quotes += "'/";
  const auto outcome = [&](const char* type, const std::string& body) { return waf.bench.run(post(type, body)); };
  for (const auto& [type, body] :
       {std::pair("application/x-www-form-urlencoded", "a=" + quotes),
        std::pair("application/json", "[\"" + quotes + "\"]"), std::pair("application/json", "[\"" + quotes + "\","),
        std::pair("text/xml", "<a>" + quotes + "</a>"), std::pair("text/xml", "<a>" + quotes + "</b>")}) {
    const auto of_plan = outcome(type, body);
    EXPECT_TRUE(of_plan.status == 403 || of_plan.status == 400) << type << " " << of_plan.status;
  }
  EXPECT_EQ(proofs("library"), 0u) << "or refused for effort";
}

// What patterns go back in is told from what they match in before they are asked: 3 s each of the core rule set's
// 932100 and 932105 otherwise.
TEST_F(FastCore, judges_long_texts_that_only_look_costly_once_it_is_prepared) {
  load(Engine::automatic);
  std::promise<void> is_prepared;
  const auto thread = CompilingThread::of_process();
  thread->add_for_later([&] { is_prepared.set_value(); });
  is_prepared.get_future().wait();
  std::string text;
  while (text.size() < 118'000) text += "|on";
  EXPECT_EQ(waf.bench.run(post("application/json", "[\"" + text + "\"]")).status, 200);
  EXPECT_EQ(waf.bench.run(post("application/x-www-form-urlencoded", "a=" + text)).status, 200);
  EXPECT_EQ(proofs("clean"), 2u);
}

TEST_F(FastCore, judges_long_bodies_again_as_it_does_others) {
  waf.config.body_limit = ByteSize{1024 * 1024};
  waf.config.recheck_every = 1;
  load(Engine::automatic);
  const std::string form = "multipart/form-data; boundary=x";
  const std::string body =
      "--x\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\nContent-Type: text/plain\r\n\r\n" +
      std::string(600'000, 'z') + "\r\n--x--\r\n";
  EXPECT_EQ(waf.bench.run(post(form, body)).status, 200);
  const auto rechecks = [&](const std::string& result) {
    return waf.bench.metrics.count("waf_rechecks_total{route=bench,result=" + result + "}");
  };
  EXPECT_EQ(rechecks("agreed"), 1u);
  EXPECT_EQ(proofs("clean"), 1u);
  load(Engine::shadow);
  EXPECT_EQ(waf.bench.run(post(form, body)).status, 200);
  EXPECT_EQ(rechecks("agreed"), 2u);
  EXPECT_EQ(rechecks("contradicted"), 0u);
}

// The packages of the core rule set and operators take targets of whole tags away.
TEST_F(FastCore, proves_requests_clean_for_which_rules_are_excluded) {
  waf.config.rules = {
      RuleSource{{waf.directory.file("rules.conf",
                                     "SecAction \"id:1,phase:1,nolog,pass,setvar:tx.crs_exclusions_wordpress=1\"\n"
                                     "SecRule REQUEST_FILENAME \"@beginsWith /cms\" \"id:2,phase:1,nolog,pass,"
                                     "ctl:ruleRemoveTargetByTag=OWASP_CRS;ARGS:text\"\n")}},
      RuleSource{}};
  load(Engine::automatic);
  for (const char* path : {"/wp-json/wp/v2/posts", "/wp-login.php", "/cms/edit"})
    EXPECT_EQ(waf.bench.run(get(path, "text=hello+world")).status, 200);
  EXPECT_EQ(proofs("clean"), 3u);
}

TEST_F(FastCore, tells_of_an_attack_what_the_library_tells) {
  load(Engine::automatic);
  WafBench reference;
  reference.config.engine = Engine::library;
  ASSERT_TRUE(reference.load());
  std::size_t told = 0;
  for (const char* query : {"q=%3Cscript%3Ealert(1)%3C/script%3E", "id=1%27%20OR%20%271%27=%271",
                            "f=../../../../etc/passwd", "c=;cat%20/etc/passwd", "u=http://127.0.0.1/a",
                            "x=%24%7Bjndi:ldap://x/a%7D", "p=phpinfo();", "password=%3Cscript%3E"}) {
    const auto by_plan = waf.bench.run(get("/s", query));
    const auto by_library = reference.bench.run(get("/s", query));
    EXPECT_EQ(by_plan.status, by_library.status) << query;
    EXPECT_EQ(by_plan.reason, by_library.reason) << query;
    EXPECT_EQ(by_plan.detail, by_library.detail) << query;
    ASSERT_EQ(by_plan.incidents.size(), by_library.incidents.size()) << query;
    for (std::size_t i = 0; i < by_plan.incidents.size(); ++i) {
      EXPECT_EQ(by_plan.incidents[i].rules, by_library.incidents[i].rules) << query;
      EXPECT_EQ(by_plan.incidents[i].rule_name, by_library.incidents[i].rule_name) << query;
      EXPECT_EQ(by_plan.incidents[i].score, by_library.incidents[i].score) << query;
      EXPECT_EQ(by_plan.incidents[i].detail, by_library.incidents[i].detail) << query;
      ++told;
    }
  }
  EXPECT_GE(told, 7u);
  EXPECT_GE(proofs("scored"), 7u);
}

// Rule 920450 collects the names of all headers, then looks for those that are restricted.
TEST_F(FastCore, proves_requests_clean_whose_names_of_headers_are_collected) {
  load(Engine::automatic);
  const auto reason_with = [&](std::string_view name) {
    testing::BenchRequest request = get("/");
    request.fields.emplace_back(name, "1");
    return waf.bench.run(request).reason;
  };
  EXPECT_EQ(reason_with("x-note"), "");
  EXPECT_EQ(reason_with("proxy"), "waf:920450");
  EXPECT_EQ(reason_with("x-note"), "");
  EXPECT_EQ(reason_with("lock-token"), "waf:920450");
  EXPECT_EQ(proofs("clean"), 2u);
  EXPECT_EQ(proofs("library"), 2u);
}

TEST_F(FastCore, leaves_what_is_not_clean_to_the_library_if_it_is_to) {
  waf.config.scoring = Scoring::library;
  load(Engine::automatic);
  EXPECT_EQ(waf.bench.run(get("/s", "f=../../../../etc/passwd")).status, 403);
  EXPECT_EQ(proofs("scored"), 0u);
  EXPECT_EQ(proofs("library"), 1u);
}

TEST_F(FastCore, in_shadow_agrees_with_the_library) {
  load(Engine::shadow);
  EXPECT_EQ(waf.bench.run(get("/catalogue/shoes", "page=3")).status, 200);
  EXPECT_EQ(waf.bench.run(get("/s", "f=../../../../etc/passwd")).status, 403);
  EXPECT_EQ(proofs("clean"), 1u);
  EXPECT_EQ(proofs("scored"), 1u);
  EXPECT_EQ(waf.bench.metrics.read("waf_fast_path_contradictions{route=bench}"), 0);
}

TEST_F(FastCore, does_not_exist_where_responses_are_inspected) {
  waf.config.engine = Engine::automatic;
  waf.config.response_body = Inspect::on;
  ASSERT_TRUE(waf.load());
  EXPECT_EQ(waf.bench.run(get("/catalogue/shoes")).status, 200);
  EXPECT_EQ(proofs("clean"), 0u);
}

}  // namespace
}  // namespace ravelin::waf
