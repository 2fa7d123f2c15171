#include "waf_diff/source.h"

#include <utility>

#include "modules/waf/config.h"
#include "waf_diff/attacks.h"
#include "waf_diff/benign.h"
#include "waf_diff/mutation.h"
#include "waf_diff/random.h"

namespace ravelin::waf_diff {
namespace {

Sample plain(const std::vector<CrsTest>& tests, Random& random) {
  // Most are benign: only what a judge may call clean can show that it is wrong.
  const std::size_t kind = random.below(tests.empty() ? 4 : 5);
  if (kind < 3) return benign_sample(random);
  return kind == 3 ? attack_sample(random) : random.pick(tests).sample;
}

}  // namespace

Sample Source::draw(std::uint64_t seed) const {
  Random random(seed);
  Sample sample = plain(tests_, random);
  if (random.one_in(4)) return sample;
  const Sample other = plain(tests_, random);
  sample = mutated(std::move(sample), other, random);
  sample.name += ", mutated";
  return sample;
}

Sample Source::at(std::size_t policy, std::size_t index) const {
  const std::uint64_t seed = mixed(mixed(seed_, policy), index);
  const std::size_t limit = waf::Config().argument_limit;
  Sample sample = mended(draw(seed));
  for (std::uint64_t again = 0; has_too_many_arguments(sample, limit); ++again)
    sample = mended(draw(mixed(seed, again)));
  return sample;
}

}  // namespace ravelin::waf_diff
