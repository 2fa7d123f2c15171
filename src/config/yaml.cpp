#include "config/yaml.h"

#include <algorithm>
#include <sstream>
#include <utility>
#include <vector>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace ravelin::config {
namespace {

constexpr std::size_t deepest = 32;

// YAML, but of a kind that we do not take.
class Refused final : public YAML::ParserException {
 public:
  using YAML::ParserException::ParserException;
};

// Builds the tree from events rather than from yaml-cpp's own nodes: those keep both of two equal
// keys, and would have expanded aliases before we could refuse them.
class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(std::string_view file, Problems& problems) : file_(file), problems_(problems) {
    root_.place = {file_, 1, 1};
  }

  Node take_root() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (has_document_) refuse(mark, "a second document in one file");
    has_document_ = true;
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(make(Node::Kind::null, mark, "?", anchor), mark);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse(mark, "anchors and aliases"); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make(Node::Kind::scalar, mark, tag == "!file" ? "?" : tag, anchor);
    if (value.find('\0') != std::string::npos) refuse(mark, "text with a NUL character");
    node.is_file = tag == "!file";
    node.text = value;
    add(std::move(node), mark);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(make(Node::Kind::list, mark, tag, anchor), mark);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(make(Node::Kind::map, mark, tag, anchor), mark);
  }
  void OnMapEnd() override {
    drop_repeated_keys(open_.back().node);
    close();
  }

 private:
  struct Open {
    Node node;
    bool has_key = false;  // of a map: its key was read, the value comes next
    std::string key;
    Place key_place;
  };

  [[noreturn]] static void refuse(const YAML::Mark& mark, const std::string& why) { throw Refused(mark, why); }

  Place place(const YAML::Mark& mark) const { return {file_, mark.line + 1, mark.column + 1}; }

  Node make(Node::Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) const {
    if (anchor != YAML::NullAnchor) refuse(mark, "anchors and aliases");
    if (tag != "?" && tag != "!" && !tag.empty()) refuse(mark, "the tag '" + tag + "'; the only one is !file");
    Node node;
    node.kind = kind;
    node.place = place(mark);
    return node;
  }

  void open(Node node, const YAML::Mark& mark) {
    if (open_.size() >= deepest) refuse(mark, "nesting deeper than " + std::to_string(deepest) + " levels");
    if (is_key_next()) refuse(mark, "a key that is not a plain word; or is a bracket not closed?");
    open_.push_back({std::move(node), false, {}, {}});
  }

  void close() {
    Node node = std::move(open_.back().node);
    open_.pop_back();
    put(std::move(node));
  }

  bool is_key_next() const {
    return !open_.empty() && open_.back().node.kind == Node::Kind::map && !open_.back().has_key;
  }

  void add(Node node, const YAML::Mark& mark) {
    if (!is_key_next()) return put(std::move(node));
    if (node.kind == Node::Kind::null) refuse(mark, "an empty key; or is a bracket not closed?");
    if (node.is_file) refuse(mark, "a key with a tag");
    open_.back().has_key = true;
    open_.back().key = std::move(node.text);
    open_.back().key_place = node.place;
  }

  void put(Node node) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Node::Kind::list) {
      parent.node.items.push_back(std::move(node));
      return;
    }
    // The parser puts an empty value wherever it noticed that there is none.
    if (node.kind == Node::Kind::null) node.place = parent.key_place;
    parent.node.entries.push_back({std::move(parent.key), parent.key_place, std::move(node)});
    parent.has_key = false;
  }

  void drop_repeated_keys(Node& map) {
    std::vector<std::pair<std::string_view, std::size_t>> keys;
    for (std::size_t i = 0; i < map.entries.size(); ++i) keys.emplace_back(map.entries[i].key, i);
    std::sort(keys.begin(), keys.end());
    std::vector<std::size_t> repeated;
    for (std::size_t i = 1, first = 0; i < keys.size(); ++i) {
      if (keys[i].first != keys[first].first) {
        first = i;
        continue;
      }
      const Node::Entry& entry = map.entries[keys[i].second];
      problems_.error(entry.place,
                      "'" + entry.key + "' is already set at " + to_string(map.entries[keys[first].second].place));
      repeated.push_back(keys[i].second);
    }
    std::sort(repeated.begin(), repeated.end());
    erase_entries(map, repeated);
  }

  static void erase_entries(Node& map, const std::vector<std::size_t>& indices) {
    if (indices.empty()) return;
    std::vector<Node::Entry> kept;
    for (std::size_t i = 0; i < map.entries.size(); ++i)
      if (!std::binary_search(indices.begin(), indices.end(), i)) kept.push_back(std::move(map.entries[i]));
    map.entries = std::move(kept);
  }

  std::string_view file_;
  Problems& problems_;
  Node root_;
  std::vector<Open> open_;
  bool has_document_ = false;
};

// yaml-cpp takes some control characters for its own marks of the end; no text file has any.
bool has_control_characters(const std::string& text, std::string_view file, Problems& problems) {
  Place place{file, 1, 1};
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n' && c != '\r' && c != '\t') || byte == 0x7f) {
      problems.error(place, "not valid YAML: a control character");
      return true;
    }
    place = c == '\n' ? Place{file, place.line + 1, 1} : Place{file, place.line, place.column + 1};
  }
  return false;
}

Place place_of(const YAML::Mark& mark, std::string_view file) {
  return mark.is_null() ? Place{file, 1, 1} : Place{file, mark.line + 1, mark.column + 1};
}

// yaml-cpp notices a wrong indentation only by what no longer fits.
std::string hint(const std::string& text, const YAML::Mark& mark) {
  std::istringstream lines(text);
  std::string line;
  for (int i = 0; i <= mark.line; ++i) std::getline(lines, line);
  if (!line.empty() && line.front() == '\t') return "; a line may not begin with a tab";
  const bool is_indented = !line.empty() && line.front() == ' ';
  return is_indented ? "; check the indentation of this line" : "";
}

}  // namespace

std::optional<Node> parse_yaml(const std::string& text, std::string_view file, Problems& problems) {
  if (has_control_characters(text, file, problems)) return std::nullopt;
  TreeBuilder builder(file, problems);
  try {
    std::istringstream input(text);
    YAML::Parser parser(input);
    while (parser.HandleNextDocument(builder)) {
    }
    return builder.take_root();
  } catch (const Refused& error) {
    problems.error(place_of(error.mark, file), "not taken: " + error.msg);
  } catch (const YAML::Exception& error) {
    problems.error(place_of(error.mark, file), "not valid YAML: " + error.msg + hint(text, error.mark));
  } catch (const std::exception& error) {
    problems.error({file, 1, 1}, std::string("not valid YAML: ") + error.what());
  }
  return std::nullopt;
}

}  // namespace ravelin::config
