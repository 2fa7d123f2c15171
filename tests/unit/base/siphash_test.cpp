#include "base/siphash.h"

#include <gtest/gtest.h>

#include <string>

namespace ravelin {
namespace {

// The key of the paper's appendix A: bytes 00 to 0f.
const SipHash reference(0x0706050403020100U, 0x0f0e0d0c0b0a0908U);

std::string counting(int size) {
  std::string text;
  for (int i = 0; i < size; ++i) text.push_back(static_cast<char>(i));
  return text;
}

TEST(SipHash, matches_the_vectors_of_its_authors) {
  EXPECT_EQ(reference.narrow(counting(15)), 0xa129ca6149be45e5U);
  EXPECT_EQ(reference.narrow(""), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(reference.wide(""), (SipHash::Wide{0xe6a825ba047f81a3U, 0x930255c71472f66dU}));
}

TEST(SipHash, depends_on_the_secret_and_on_the_length) {
  EXPECT_NE(reference.narrow("x"), SipHash(1, 2).narrow("x"));
  EXPECT_NE(reference.narrow(std::string(8, '\0')), reference.narrow(std::string(9, '\0')));
  EXPECT_FALSE(SipHash::with_random_secret().wide("x") == SipHash::with_random_secret().wide("x"));
}

}  // namespace
}  // namespace ravelin
