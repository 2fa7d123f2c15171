#include "proxy/encoder.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <string_view>

#include "proxy/encoder_pool.h"
#include "support/decode.h"

namespace ravelin::proxy {
namespace {

using ravelin::testing::decode;
using ravelin::testing::Decoded;

std::string noise(std::size_t size) {
  std::mt19937 random(7);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

std::string prose(std::size_t size) {
  std::mt19937 random(7);
  std::string text;
  while (text.size() < size) text += "the line " + std::to_string(random() % 1000) + " of a page that repeats itself\n";
  text.resize(size);
  return text;
}

class EncoderTest : public ::testing::TestWithParam<Coding> {
 protected:
  std::unique_ptr<Encoder> make(std::uint32_t level = 4) { return make_encoder(GetParam(), level); }
  std::string take() {
    std::string text = out_.to_string();
    out_.clear();
    return text;
  }
  Decoded decoded(std::string_view coded) { return decode(name_of(GetParam()), coded); }

  BlockPool blocks_;
  Chain out_{blocks_};
};

INSTANTIATE_TEST_SUITE_P(Codings, EncoderTest, ::testing::Values(Coding::gzip, Coding::br, Coding::zstd),
                         [](const auto& coding) { return std::string(name_of(coding.param)); });

TEST_P(EncoderTest, what_it_codes_is_decoded_to_the_same_at_any_split) {
  const std::string text = prose(300);
  for (std::size_t first = 0; first <= text.size(); ++first) {
    auto encoder = make();
    EXPECT_TRUE(encoder->feed(std::string_view(text).substr(0, first), out_));
    EXPECT_TRUE(encoder->feed(std::string_view(text).substr(first), out_));
    EXPECT_TRUE(encoder->finish(out_));
    const Decoded whole = decoded(take());
    ASSERT_EQ(whole.text, text) << first;
    ASSERT_TRUE(whole.is_whole) << first;
  }
}

TEST_P(EncoderTest, large_bodies_of_any_kind_come_out_whole_in_pieces_of_any_size) {
  for (const std::string& text : {prose(700'000), noise(700'000), std::string(700'000, '\0')}) {
    for (const std::size_t piece : {1'000UL, 4'096UL, 16'384UL}) {
      auto encoder = make();
      for (std::size_t at = 0; at < text.size(); at += piece)
        ASSERT_TRUE(encoder->feed(std::string_view(text).substr(at, piece), out_));
      ASSERT_TRUE(encoder->finish(out_));
      const Decoded whole = decoded(take());
      EXPECT_TRUE(whole.text == text);
      EXPECT_TRUE(whole.is_whole);
    }
  }
}

TEST_P(EncoderTest, an_empty_body_is_one) {
  auto encoder = make();
  EXPECT_TRUE(encoder->feed("", out_));
  EXPECT_TRUE(encoder->finish(out_));
  const Decoded whole = decoded(take());
  EXPECT_EQ(whole.text, "");
  EXPECT_TRUE(whole.is_whole);
}

TEST_P(EncoderTest, a_flush_lets_everything_out) {
  auto encoder = make();
  std::string coded;
  std::string told;
  for (int i = 0; i < 50; ++i) {
    const std::string line = "event " + std::to_string(i) + "\n";
    ASSERT_TRUE(encoder->feed(line, out_));
    ASSERT_TRUE(encoder->flush(out_));
    told += line;
    coded += take();
    ASSERT_EQ(decoded(coded).text, told);
    ASSERT_FALSE(decoded(coded).is_whole);
  }
}

// The bound that BodyEncoding counts on: bytes that cannot be compressed, at the worst of moments.
TEST_P(EncoderTest, never_gives_out_more_at_once_than_is_said) {
  const std::string text = noise(2'000'000);
  for (const std::uint32_t level : {1U, 4U, 8U}) {
    for (const std::size_t flush_every : {7UL, 8UL, 9UL, 1000UL}) {
      auto encoder = make(level);
      std::size_t most = 0;
      std::size_t pieces = 0;
      for (std::size_t at = 0; at < text.size(); at += Encoder::piece) {
        ASSERT_TRUE(encoder->feed(std::string_view(text).substr(at, Encoder::piece), out_));
        most = std::max(most, out_.size());
        out_.clear();
        if (++pieces % flush_every == 0) {
          ASSERT_TRUE(encoder->flush(out_));
        }
        most = std::max(most, out_.size());
        out_.clear();
      }
      ASSERT_TRUE(encoder->finish(out_));
      EXPECT_LE(std::max(most, out_.size()), Encoder::most_at_once);
      out_.clear();
    }
  }
}

TEST_P(EncoderTest, takes_no_more_memory_than_is_said_at_any_level_that_can_be_configured) {
  const std::string text = prose(1'000'000);
  for (std::uint32_t level = 1; level <= (GetParam() == Coding::br ? 8U : 9U); ++level) {
    const auto in_use = [] {
      const auto memory = mallinfo2();
      return memory.uordblks + memory.hblkhd;
    };
    out_.clear();
    const std::size_t before = in_use();
    auto encoder = make(level);
    std::size_t most = 0;
    for (std::size_t at = 0; at < text.size(); at += Encoder::piece) {
      ASSERT_TRUE(encoder->feed(std::string_view(text).substr(at, Encoder::piece), out_));
      out_.clear();
      most = std::max(most, in_use() - std::min(before, in_use()));
    }
    ASSERT_TRUE(encoder->finish(out_));
    RecordProperty("bytes_at_level_" + std::to_string(level), std::to_string(most));
    EXPECT_LE(most, 2U * 1024U * 1024U) << level;
  }
}

TEST_P(EncoderTest, nothing_of_one_body_is_in_the_next) {
  auto encoder = make();
  ASSERT_TRUE(encoder->feed(prose(50'000), out_));
  take();
  if (!encoder->restart()) encoder = make();  // a library that cannot gives each body an encoder of its own
  ASSERT_TRUE(encoder->feed("another body", out_));
  ASSERT_TRUE(encoder->finish(out_));
  const std::string coded = take();
  EXPECT_EQ(decoded(coded).text, "another body");
  auto fresh = make();
  ASSERT_TRUE(fresh->feed("another body", out_));
  ASSERT_TRUE(fresh->finish(out_));
  EXPECT_EQ(coded, take());
}

TEST(EncoderPool, lends_no_more_than_it_may_and_again_when_one_is_back) {
  EncoderPool pool;
  auto first = pool.take(Coding::gzip, 5, 2);
  auto second = pool.take(Coding::br, 4, 2);
  EXPECT_TRUE(first);
  EXPECT_TRUE(second);
  EXPECT_FALSE(pool.take(Coding::zstd, 3, 2));
  EXPECT_EQ(pool.lent(), 2U);
  second = {};
  EXPECT_TRUE(pool.take(Coding::zstd, 3, 2));
  EXPECT_EQ(pool.lent(), 1U);
}

TEST(EncoderPool, uses_one_again_only_for_the_same_coding_and_level) {
  EncoderPool pool;
  const auto address = [&](Coding coding, std::uint32_t level) { return pool.take(coding, level, 9).operator->(); };
  Encoder* const first = address(Coding::gzip, 5);
  EXPECT_EQ(address(Coding::gzip, 5), first);
  EXPECT_NE(address(Coding::gzip, 6), first);
  EXPECT_NE(address(Coding::zstd, 5), first);
  EXPECT_EQ(address(Coding::gzip, 5), first);
}

}  // namespace
}  // namespace ravelin::proxy
