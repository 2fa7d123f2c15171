#include "modules/waf/plan/phrase_automaton.h"

#include <cstddef>
#include <utility>

#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/rewrite.h"

namespace ravelin::waf::plan {
namespace {

// No node is led to the root, so it stands for "none".
constexpr std::uint32_t root = 0;

constexpr auto letters = [] {
  std::array<unsigned char, 256> table{};
  for (unsigned byte = 0; byte < table.size(); ++byte)
    table[byte] = static_cast<unsigned char>(lower(static_cast<char>(byte)));
  return table;
}();

unsigned char letter_of(char byte) { return letters[static_cast<unsigned char>(byte)]; }

}  // namespace

struct PhraseAutomaton::Growing {
  struct Seed {
    Node node;
    std::uint32_t parent = root;
    unsigned char letter = 0;
    std::vector<std::uint32_t> children;
  };
  std::vector<Seed> seeds = std::vector<Seed>(1);

  std::uint32_t child(std::uint32_t of, unsigned char letter) const {
    for (const std::uint32_t one : seeds[of].children)
      if (seeds[one].letter == letter) return one;
    return root;
  }

  void add(std::uint32_t phrase, const std::string& text) {
    std::uint32_t at = root;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const unsigned char letter = letter_of(text[i]);
      std::uint32_t next = child(at, letter);
      if (next == root) {
        next = static_cast<std::uint32_t>(seeds.size());
        seeds.push_back({});
        seeds[next].node.phrase = phrase;
        seeds[next].node.depth = static_cast<std::uint32_t>(i) + 1;
        seeds[next].parent = at;
        seeds[next].letter = letter;
        seeds[at].children.push_back(next);
      }
      at = next;
    }
    if (at != root) seeds[at].node.is_end = true;
  }

  // Level by level: the fallback of a node is the one of its parent and one step, or the root.
  void connect() {
    std::vector<std::uint32_t> level = seeds[root].children;
    while (!level.empty()) {
      std::vector<std::uint32_t> next;
      for (const std::uint32_t one : level) {
        connect(seeds[one]);
        next.insert(next.end(), seeds[one].children.begin(), seeds[one].children.end());
      }
      level = std::move(next);
    }
  }

  void connect(Seed& seed) {
    if (seed.parent != root) seed.node.fallback = child(seeds[seed.parent].node.fallback, seed.letter);
    const Node& fallback = seeds[seed.node.fallback].node;
    seed.node.has_end_within = fallback.is_end || fallback.has_end_within;
  }
};

PhraseAutomaton::PhraseAutomaton(std::vector<std::string> phrases) : phrases_(std::move(phrases)) {
  Growing growing;
  for (std::uint32_t i = 0; i < phrases_.size(); ++i) growing.add(i, phrases_[i]);
  growing.connect();
  take(growing);
}

void PhraseAutomaton::take(const Growing& growing) {
  // The library has this letter as -1, which no byte of a text is.
  constexpr unsigned char never = 0xff;
  for (const Growing::Seed& seed : growing.seeds) {
    nodes_.push_back(seed.node);
    nodes_.back().first_edge = static_cast<std::uint32_t>(edge_targets_.size());
    for (const std::uint32_t child : seed.children) {
      if (growing.seeds[child].letter == never) continue;
      edge_letters_.push_back(growing.seeds[child].letter);
      edge_targets_.push_back(child);
      ++nodes_.back().edges;
    }
  }
  for (std::uint32_t i = 0; i < nodes_[root].edges; ++i) from_root_[edge_letters_[i]] = edge_targets_[i];
}

std::uint32_t PhraseAutomaton::step(std::uint32_t node, unsigned char letter) const {
  if (node == root) return from_root_[letter];
  const Node& from = nodes_[node];
  for (std::uint32_t i = from.first_edge; i < from.first_edge + from.edges; ++i)
    if (edge_letters_[i] == letter) return edge_targets_[i];
  return root;
}

std::optional<std::string_view> PhraseAutomaton::find(std::string_view text) const {
  std::uint32_t at = root;
  for (const char byte : text) {
    const unsigned char letter = letter_of(byte);
    std::uint32_t next = step(at, letter);
    while (next == root && at != root) {
      at = nodes_[at].fallback;
      next = step(at, letter);
    }
    at = next;
    const Node& node = nodes_[at];
    if (node.is_end || node.has_end_within) return std::string_view(phrases_[node.phrase]).substr(0, node.depth);
  }
  return std::nullopt;
}

}  // namespace ravelin::waf::plan
