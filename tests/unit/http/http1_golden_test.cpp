#include "unit/http/http1_golden.h"

#include <gtest/gtest.h>

#include "unit/http/http1_rig.h"

namespace ravelin::http::test {

namespace {

std::string outcome_of(Owner& owner) {
  if (owner.log.rfind("bad ", 0) == 0) return owner.log.substr(4, owner.log.find('|') - 4);
  if (owner.is_reset) return "reset " + std::string(owner.error.code);
  if (!owner.is_ended) return "unfinished " + owner.body;
  return escape(as_forwarded(owner));
}

std::string outcome_of(ServerRig& rig, Result<void> received) {
  std::string outcome;
  for (const auto& owner : rig.owners) outcome += outcome_of(*owner) + "\n";
  if (!received || rig.codec->wants_close()) outcome += "closes\n";
  if (!outcome.empty()) outcome.pop_back();
  return outcome;
}

std::string run_in_pieces(std::string_view input, std::size_t piece) {
  ServerRig rig;
  rig.answers = true;
  auto received = rig.receive(input, piece);
  return outcome_of(rig, std::move(received));
}

std::string run_split(std::string_view input, std::size_t at) {
  ServerRig rig;
  rig.answers = true;
  auto received = rig.receive(input.substr(0, at));
  if (received) received = rig.receive(input.substr(at));
  return outcome_of(rig, std::move(received));
}

}  // namespace

TEST(Http1Golden, requests_reach_the_origin_in_one_form_or_not_at_all_however_they_are_split) {
  const auto cases = read_golden(RAVELIN_SOURCE_DIR "/tests/golden/http/requests.golden");
  ASSERT_GT(cases.size(), 80U);
  for (const GoldenCase& one : cases) {
    SCOPED_TRACE(one.name);
    EXPECT_EQ(run_in_pieces(one.input, 1 << 14), one.expected);
    EXPECT_EQ(run_in_pieces(one.input, 1), one.expected) << "byte by byte";
    for (std::size_t at = 1; at < one.input.size(); ++at)
      ASSERT_EQ(run_split(one.input, at), one.expected) << "split at " << at;
  }
}

}  // namespace ravelin::http::test
