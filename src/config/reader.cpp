#include "config/reader.h"

#include <algorithm>
#include <utility>

#include "base/near_miss.h"

namespace ravelin::config {
namespace {

// "modules[2]" is item 2 of modules: a wrong name in it is a wrong name in the list.
std::string_view without_index(std::string_view path) {
  return path.empty() || path.back() != ']' ? path : path.substr(0, path.rfind('['));
}

}  // namespace

void Reader::enter(const Node& node) {
  outer_.push_back(std::exchange(node_, &node));
  sources_.origins[path_.text()] = node.place;
}

void Reader::leave() {
  node_ = outer_.back();
  outer_.pop_back();
  path_.leave();
}

void Reader::not_available(std::string_view name) {
  Section& section = sections_.back();
  section.known.push_back(name);
  const Node::Entry* entry = section.node->find(name);
  if (entry == nullptr) return;
  unknown_key(*entry, path_.text(), {{}, {name}, false});
  section.failed.push_back(name);
}

// What a struct says of a value that could not be read is about its default.
void Reader::problem(std::string_view key, std::string message) {
  if (sections_.empty()) return report(key, message);
  const Section& section = sections_.back();
  if (section.node->kind == Node::Kind::scalar && !section.is_taken) return;
  const auto& failed = section.failed;
  const bool is_known = key.empty() ? !failed.empty() : std::find(failed.begin(), failed.end(), key) != failed.end();
  if (!is_known) report(key, message);
}

void Reader::report(std::string_view key, const std::string& message) {
  const Node::Entry* entry = key.empty() ? nullptr : node_->find(key);
  if (!key.empty()) path_.enter_key(key);
  sources_.problems.error(entry != nullptr ? entry->value.place : node_->place, path_.text(), message);
  if (!key.empty()) path_.leave();
}

std::string Reader::take_words() {
  std::string text;
  for (const std::string_view word : words_) text.append("'").append(word).append("' or ");
  words_.clear();
  return text;
}

void Reader::wrong_kind(std::string_view expected) {
  value_error("expected " + take_words() + std::string(expected) + ", got " + std::string(to_string(node_->kind)));
}

bool Reader::word(std::string_view word, bool) {
  if (node_->kind == Node::Kind::scalar && !node_->is_file && node_->text == word) return true;
  words_.push_back(word);
  return false;
}

bool Reader::map_not_available(std::string_view what) {
  if (node_->kind != Node::Kind::map) return false;
  value_error(std::string(what) + " is not available in this version");
  return true;
}

bool Reader::enter_key(const KeyDeclaration& key) {
  Section& section = sections_.back();
  section.known.push_back(key.name);
  const bool is_scalar = section.node->kind == Node::Kind::scalar;
  const Node::Entry* entry = section.node->find(key.name);
  if (is_scalar && !key.is_shorthand) return false;
  if (!is_scalar && entry == nullptr) {
    if (key.is_required) {
      section.failed.push_back(key.name);
      missing_key(section.node->place, key.name);
    }
    return false;
  }
  section.is_taken = is_scalar;
  words_.clear();
  path_.enter_key(key.name);
  enter(is_scalar ? *section.node : entry->value);
  keys_.push_back({key.name, key.range, sources_.problems.errors()});
  return true;
}

void Reader::leave_key() {
  const Key key = keys_.back();
  keys_.pop_back();
  leave();
  if (sources_.problems.errors() > key.errors_before) sections_.back().failed.push_back(key.name);
}

void Reader::scalar(Scalar& scalar) {
  if (node_->kind != Node::Kind::scalar) {
    const auto words = scalar.words();
    return wrong_kind(words.empty() ? scalar.type() : schema::list_of(words));
  }
  const auto text = resolve(scalar);
  if (!text) return;
  const auto read = scalar.parse(*text);
  if (!read) {
    if (is_number(scalar)) return out_of_range(scalar, *text);
    std::string message = read.error().message;
    if (!words_.empty() && message.rfind("expected ", 0) == 0) message.insert(9, take_words());
    return value_error(message);
  }
  if (!scalar.is_within(range())) out_of_range(scalar, *text);
}

void Reader::out_of_range(const Scalar& scalar, std::string_view text) {
  const std::string_view type = scalar.type().substr(0, scalar.type().find(" such as"));
  value_error(schema::unexpected(take_words() + std::string(type) + in_range(scalar), text).message);
}

Range Reader::range() const { return keys_.empty() ? Range{} : keys_.back().range; }

// " from 1s to 1h", or nothing if any value is in range.
std::string Reader::in_range(const Scalar& scalar) const {
  const auto [min, max] = range();
  if (min == Range{}.min) return {};
  if (max == Range{}.max) return " of " + scalar.print_bound(min) + " or more";
  return " from " + scalar.print_bound(min) + " to " + scalar.print_bound(max);
}

// Its own error would give the limits of the C++ type, of which the operator knows nothing.
bool Reader::is_number(const Scalar& scalar) const {
  return scalar.type() == schema::Text<int>::type() && range().min != Range{}.min;
}

void Reader::missing_key(const Place& section, std::string_view name) {
  const std::string in = path_.text().empty() ? "" : " in " + path_.text();
  path_.enter_key(name);
  sources_.problems.mark_wrong(path_.text());
  path_.leave();
  sources_.problems.error(section, "the key '" + std::string(name) + "' is missing" + in);
}

bool Reader::enter_section() {
  if (node_->kind == Node::Kind::list) {
    wrong_kind("a map");
    return false;
  }
  sections_.push_back({node_, {}, {}, false});
  return true;
}

void Reader::unknown_key(const Node::Entry& entry, std::string_view in, const Choices& choices) {
  const std::string place = in.empty() ? "" : " in " + std::string(in);
  const auto& absent = choices.not_available;
  if (std::find(absent.begin(), absent.end(), entry.key) != absent.end()) {
    sources_.problems.error(entry.place, "'" + entry.key + "'" + place + " is not available in this version");
  } else {
    sources_.problems.error(entry.place,
                            "unknown key '" + entry.key + "'" + place + did_you_mean(entry.key, choices.known));
  }
}

void Reader::leave_section() {
  const Section section = std::move(sections_.back());
  sections_.pop_back();
  if (section.node->kind == Node::Kind::scalar && !section.is_taken) {
    return value_error("expected " + take_words() + "a map, got '" + section.node->text + "'");
  }
  for (const Node::Entry& entry : section.node->entries) {
    if (std::find(section.known.begin(), section.known.end(), entry.key) != section.known.end()) continue;
    unknown_key(entry, path_.text(), {section.known, {}, false});
  }
}

std::size_t Reader::enter_list(std::size_t) {
  if (node_->kind == Node::Kind::null) value_error("expected a list, got nothing; write [] for an empty one");
  if (node_->kind == Node::Kind::null) return 0;
  return node_->kind == Node::Kind::list ? node_->items.size() : 1;
}

void Reader::enter_item(std::size_t index) {
  path_.enter_item(index);
  if (node_->kind != Node::Kind::list) return enter(*node_);
  words_.clear();
  enter(node_->items[index]);
}

std::vector<std::string> Reader::enter_map(std::vector<std::string>) {
  entries_.push_back({node_, 0});
  std::vector<std::string> names;
  if (node_->kind != Node::Kind::map && node_->kind != Node::Kind::null) wrong_kind("a map");
  for (const Node::Entry& entry : node_->entries) names.push_back(entry.key);
  return names;
}

std::vector<std::string> Reader::enter_choice(std::vector<std::string>, const Choices& choices) {
  entries_.push_back({node_, 0});
  const bool is_lone = choices.is_single && node_->kind == Node::Kind::scalar;
  Node lone;
  if (is_lone) lone.entries.push_back({node_->text, node_->place, {}});
  const auto& entries = is_lone ? lone.entries : node_->entries;
  if (choices.is_single && entries.size() != 1) {
    value_error(std::string("expected one name with its settings, as '- name: {...}', got ") +
                (entries.empty() ? "none" : "several: make each its own item of the list"));
  } else if (!is_lone && node_->kind != Node::Kind::map && node_->kind != Node::Kind::null) {
    wrong_kind("a map");
  }
  std::vector<std::string> names;
  for (const Node::Entry& entry : entries) {
    const bool is_known = std::find(choices.known.begin(), choices.known.end(), entry.key) != choices.known.end();
    if (!is_known) unknown_key(entry, without_index(path_.text()), choices);
    if (is_known && !(choices.is_single && !names.empty())) names.push_back(entry.key);
  }
  return names;
}

void Reader::enter_entry(std::string_view name) {
  Entries& at = entries_.back();
  words_.clear();
  path_.enter_key(name);
  if (at.node->kind == Node::Kind::scalar) {
    lone_value_.place = at.node->place;
    return enter(lone_value_);
  }
  while (at.next < at.node->entries.size() && at.node->entries[at.next].key != name) ++at.next;
  enter(at.node->entries[at.next++].value);
}

std::optional<std::string> Reader::resolve(const Scalar& scalar) {
  if (scalar.type() == schema::Text<Secret>::type()) return resolve_secret();
  if (node_->is_file || node_->text.find("${env:") != std::string::npos) {
    value_error("only a secret is given by !file or ${env:NAME}; expected " + std::string(scalar.type()));
    return std::nullopt;
  }
  if (scalar.type() == schema::Text<FilePath>::type() && !node_->text.empty()) return absolute(node_->text);
  return node_->text;
}

std::optional<std::string> Reader::resolve_secret() {
  constexpr std::size_t largest = 64 * 1024;
  if (!node_->is_file) return replace_variables(node_->text);
  auto content = sources_.environment.read_file(absolute(node_->text), largest);
  if (!content) {
    value_error("the secret's file cannot be read: " + content.error().message);
    return std::nullopt;
  }
  std::string text = std::move(*content);
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.pop_back();
  if (!text.empty()) return text;
  value_error("the secret's file " + absolute(node_->text) + " is empty");
  return std::nullopt;
}

std::optional<std::string> Reader::replace_variables(std::string_view text) {
  constexpr std::string_view opening = "${env:";
  std::string result;
  while (true) {
    const std::size_t start = text.find(opening);
    result += text.substr(0, start);
    if (start == std::string_view::npos) return result;
    const std::size_t end = text.find('}', start);
    const std::string name(text.substr(start + opening.size(), std::min(end, text.size()) - start - opening.size()));
    const auto value = end == std::string_view::npos ? std::nullopt : sources_.environment.variable(name);
    if (!value) {
      value_error("the environment variable '" + name + "' is not set");
      return std::nullopt;
    }
    result += *value;
    text.remove_prefix(end + 1);
  }
}

std::string Reader::absolute(const std::string& path) const {
  if (path.front() == '/') return path;
  for (const SourceFile& file : sources_.files)
    if (file.name.data() == node_->place.file.data()) return file.directory + "/" + path;
  return path;
}

}  // namespace ravelin::config
