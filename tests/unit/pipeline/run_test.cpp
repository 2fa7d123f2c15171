#include "pipeline/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "ravelin/testing/manual_loop.h"

namespace ravelin::pipeline {
namespace {

using ::testing::ElementsAre;
using namespace std::chrono_literals;

/// Scripted is a module whose hooks do what the test says, and note that they were called.
class Scripted final : public Module {
 public:
  Scripted(std::string name, std::vector<std::string>& calls) : name_(std::move(name)), calls_(calls) {}
  std::unique_ptr<Inspector> inspect(Exchange&) const override { return std::make_unique<State>(*this); }

  Function<Verdict()> mutable_head = [] { return Verdict::pass(); };
  Function<Verdict()> mutable_response = [] { return Verdict::pass(); };
  bool throws = false;
  Judged mutable_judged;

 private:
  struct State final : Inspector {
    explicit State(const Scripted& owner) : module(const_cast<Scripted&>(owner)) {}
    Verdict on_request_head(Exchange&) override {
      module.calls_.push_back(module.name_ + " head");
      if (module.throws) throw std::runtime_error("boom");
      return module.mutable_head();
    }
    Verdict on_response_head(Exchange&) override {
      module.calls_.push_back(module.name_ + " response");
      return module.mutable_response();
    }
    void on_done(Exchange&) override { module.calls_.push_back(module.name_ + " done"); }
    Judged judged() const override { return module.mutable_judged; }
    Scripted& module;
  };
  std::string name_;
  std::vector<std::string>& calls_;
};

class RunTest : public ::testing::Test, public RunEvents {
 protected:
  RunTest() {
    pipeline.stages.resize(2);
    for (Stage& stage : pipeline.stages) stage.timeout = 100ms;
    pipeline.stages[0].name = "a";
    pipeline.stages[0].module = &a;
    pipeline.stages[1].name = "b";
    pipeline.stages[1].module = &b;
    exchange.set_request(std::make_unique<RequestHead>());
  }
  void on_outcome(Outcome outcome) override { later = outcome; }
  std::vector<std::string> decisions() const {
    std::vector<std::string> list;
    for (const Decision& d : exchange.decisions)
      list.push_back(std::string(d.module) + " " + std::string(to_string(d.kind)) + " " + d.reason);
    return list;
  }

  ManualLoop loop;
  Peer peer;
  TlsSession tls;
  Exchange exchange{loop, peer, tls};
  std::vector<std::string> calls;
  Scripted a{"a", calls};
  Scripted b{"b", calls};
  Pipeline pipeline;
  std::optional<Outcome> later;
};

TEST_F(RunTest, goes_down_for_requests_and_up_for_responses_and_records_each_module) {
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::passed);
  EXPECT_EQ(run.response_head(false), Outcome::passed);
  run.done();
  run.done();
  EXPECT_THAT(calls, ElementsAre("a head", "b head", "b response", "a response", "a done", "b done"));
  EXPECT_THAT(decisions(), ElementsAre("a pass ", "b pass "));
}

TEST_F(RunTest, records_by_which_engine_a_module_has_judged_whatever_it_decided) {
  a.mutable_judged = {"quick", true};
  b.mutable_judged = {"slow", false};
  b.mutable_head = [] { return Verdict::reject(403, "b:no"); };
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::refused);
  run.done();
  ASSERT_THAT(decisions(), ElementsAre("b reject b:no", "a pass "));
  EXPECT_EQ(exchange.decisions[0].judged.engine, "slow");
  EXPECT_FALSE(exchange.decisions[0].judged.is_rechecked);
  EXPECT_EQ(exchange.decisions[1].judged.engine, "quick");
  EXPECT_TRUE(exchange.decisions[1].judged.is_rechecked);
}

TEST_F(RunTest, marks_what_modules_noticed_that_are_only_tried_out) {
  pipeline.stages[0].mode = Mode::detect;
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  exchange.incidents.resize(2);
  exchange.incidents[0].module = "a";
  exchange.incidents[1].module = "b";
  run.request_head();
  run.done();
  EXPECT_TRUE(exchange.incidents[0].is_trial);
  EXPECT_FALSE(exchange.incidents[1].is_trial);
}

TEST_F(RunTest, stops_at_the_first_refusal_and_shows_the_answer_to_those_that_ran) {
  a.mutable_head = [] { return Verdict::reject(403, "a:no"); };
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::refused);
  EXPECT_EQ(run.rejection().reason, "a:no");
  EXPECT_EQ(run.response_head(true), Outcome::passed);
  EXPECT_THAT(calls, ElementsAre("a head", "a response"));
}

TEST_F(RunTest, an_answer_ends_the_walk_and_is_shown_to_those_that_ran) {
  a.mutable_head = [] { return Verdict::answer(204, "a:here", {{"allow", "GET"}}); };
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::answered);
  EXPECT_EQ(run.rejection().status, 204);
  EXPECT_THAT(run.rejection().headers, ElementsAre(std::pair<std::string, std::string>("allow", "GET")));
  EXPECT_EQ(run.response_head(true), Outcome::passed);
  run.done();
  EXPECT_THAT(calls, ElementsAre("a head", "a response", "a done"));
  EXPECT_THAT(decisions(), ElementsAre("a answer a:here"));
}

TEST_F(RunTest, an_answer_in_detect_mode_lets_the_request_go_on) {
  a.mutable_head = [] { return Verdict::answer(204, "a:here", {}); };
  pipeline.stages[0].mode = Mode::detect;
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::passed);
  run.done();
  EXPECT_THAT(decisions(), ElementsAre("a pass ", "b pass "));
}

TEST_F(RunTest, an_answer_may_come_after_a_wait) {
  a.mutable_head = [] { return Verdict::later([](Resume resume) { resume(Verdict::answer(204, "a:here", {})); }); };
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::waiting);
  loop.run();
  EXPECT_EQ(later, Outcome::answered);
}

TEST_F(RunTest, an_answer_in_the_place_of_a_response_is_a_failure) {
  b.mutable_response = [] { return Verdict::answer(204, "b:here", {}); };
  ravelin::pipeline::Run closed(pipeline, exchange, *this);
  EXPECT_EQ(closed.request_head(), Outcome::passed);
  EXPECT_EQ(closed.response_head(false), Outcome::refused);
  EXPECT_EQ(closed.rejection().reason, "b:error");

  ravelin::pipeline::Run local(pipeline, exchange, *this);
  EXPECT_EQ(local.request_head(), Outcome::passed);
  EXPECT_EQ(local.response_head(true), Outcome::passed) << "an answer made here cannot be refused again";
}

TEST_F(RunTest, only_records_a_refusal_in_detect_mode) {
  a.mutable_head = [] { return Verdict::reject(403, "a:no"); };
  pipeline.stages[0].mode = Mode::detect;
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::passed);
  run.done();
  EXPECT_THAT(decisions(), ElementsAre("a detected a:no", "b pass "));
}

TEST_F(RunTest, leaves_a_module_alone_that_has_skipped) {
  a.mutable_head = [] { return Verdict::skip(); };
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::passed);
  EXPECT_EQ(run.response_head(false), Outcome::passed);
  EXPECT_THAT(calls, ElementsAre("a head", "b head", "b response"));
}

TEST_F(RunTest, fails_closed_or_open_when_a_module_throws) {
  a.throws = true;
  ravelin::pipeline::Run closed(pipeline, exchange, *this);
  EXPECT_EQ(closed.request_head(), Outcome::waiting);
  loop.run();
  EXPECT_EQ(later, Outcome::refused);
  EXPECT_EQ(closed.rejection().status, 503);
  EXPECT_EQ(closed.rejection().reason, "a:error");

  pipeline.stages[0].on_error = OnError::open;
  later.reset();
  ravelin::pipeline::Run open(pipeline, exchange, *this);
  EXPECT_EQ(open.request_head(), Outcome::waiting);
  loop.run();
  EXPECT_EQ(later, Outcome::passed);
}

TEST_F(RunTest, goes_on_when_a_wait_is_answered_from_another_thread) {
  std::optional<Resume> resume;
  a.mutable_head = [&] { return Verdict::later([&](Resume token) { resume.emplace(std::move(token)); }); };
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::waiting);
  EXPECT_THAT(calls, ElementsAre("a head"));
  std::thread([&] { (*resume)(Verdict::pass()); }).join();
  loop.run();
  EXPECT_EQ(later, Outcome::passed);
  EXPECT_THAT(calls, ElementsAre("a head", "b head"));
  EXPECT_EQ(loop.timers(), 0U);
}

TEST_F(RunTest, takes_an_answer_that_comes_before_the_starter_has_returned) {
  a.mutable_head = [] { return Verdict::later([](Resume resume) { resume(Verdict::reject(403, "a:early")); }); };
  ravelin::pipeline::Run run(pipeline, exchange, *this);
  EXPECT_EQ(run.request_head(), Outcome::waiting);
  loop.run();
  EXPECT_EQ(later, Outcome::refused);
  EXPECT_EQ(run.rejection().reason, "a:early");
}

TEST_F(RunTest, counts_a_dropped_resume_and_a_late_one_as_failures) {
  a.mutable_head = [] { return Verdict::later([](Resume) {}); };
  ravelin::pipeline::Run dropped(pipeline, exchange, *this);
  EXPECT_EQ(dropped.request_head(), Outcome::waiting);
  loop.run();
  EXPECT_EQ(later, Outcome::refused);

  std::optional<Resume> resume;
  a.mutable_head = [&] { return Verdict::later([&](Resume token) { resume.emplace(std::move(token)); }); };
  later.reset();
  ravelin::pipeline::Run late(pipeline, exchange, *this);
  EXPECT_EQ(late.request_head(), Outcome::waiting);
  loop.advance(99ms);
  EXPECT_FALSE(later);
  loop.advance(1ms);
  EXPECT_EQ(later, Outcome::refused);
  EXPECT_EQ(late.rejection().reason, "a:timeout");
  later.reset();
  (*resume)(Verdict::pass());
  loop.run();
  EXPECT_FALSE(later);
}

TEST_F(RunTest, does_not_count_the_wait_for_a_thread_as_time_to_decide) {
  std::optional<Resume> resume;
  a.mutable_head = [&] { return Verdict::offloaded([&](Resume token) { resume.emplace(std::move(token)); }); };
  ravelin::pipeline::Run slow(pipeline, exchange, *this);
  EXPECT_EQ(slow.request_head(), Outcome::waiting);
  loop.advance(5999ms);
  resume->begin();
  loop.advance(99ms);
  EXPECT_FALSE(later);
  loop.advance(1ms);
  EXPECT_EQ(later, Outcome::refused) << "begun, it has its timeout";

  later.reset();
  ravelin::pipeline::Run starved(pipeline, exchange, *this);
  EXPECT_EQ(starved.request_head(), Outcome::waiting);
  loop.advance(5999ms);
  EXPECT_FALSE(later);
  loop.advance(1ms);
  EXPECT_EQ(later, Outcome::refused) << "sixty timeouts without a thread are a failure";
}

TEST_F(RunTest, ignores_an_answer_after_the_exchange_is_gone) {
  std::optional<Resume> resume;
  a.mutable_head = [&] { return Verdict::later([&](Resume token) { resume.emplace(std::move(token)); }); };
  {
    ravelin::pipeline::Run run(pipeline, exchange, *this);
    EXPECT_EQ(run.request_head(), Outcome::waiting);
  }
  (*resume)(Verdict::pass());
  loop.run();
  EXPECT_FALSE(later);
  EXPECT_EQ(loop.timers(), 0U);
}

}  // namespace
}  // namespace ravelin::pipeline
