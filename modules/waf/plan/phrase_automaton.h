#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ravelin::waf::plan {

/// PhraseAutomaton finds phrases without regard to the case of ASCII letters, as the library's Aho-Corasick does,
/// with its gaps: where a phrase breaks off it falls back by one step only, so that a phrase that began within
/// another may be missed, and phrases with the byte 0xff are never found. Immutable; any thread.
class PhraseAutomaton {
 public:
  explicit PhraseAutomaton(std::vector<std::string> phrases);

  /// What the library captures, in the letters of the phrase, for the first match; nothing if there is none.
  std::optional<std::string_view> find(std::string_view text) const;

 private:
  struct Node {
    std::uint32_t first_edge = 0;
    std::uint32_t edges = 0;
    std::uint32_t fallback = 0;
    std::uint32_t phrase = 0;  // the first with this beginning
    std::uint32_t depth = 0;
    bool is_end = false;          // of a phrase
    bool has_end_within = false;  // of a shorter phrase that ends here
  };
  struct Growing;

  std::uint32_t step(std::uint32_t node, unsigned char letter) const;
  void take(const Growing& growing);

  std::vector<std::string> phrases_;
  std::vector<Node> nodes_;
  std::vector<unsigned char> edge_letters_;
  std::vector<std::uint32_t> edge_targets_;
  std::array<std::uint32_t, 256> from_root_{};
};

}  // namespace ravelin::waf::plan
