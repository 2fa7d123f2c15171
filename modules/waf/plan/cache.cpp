#include "modules/waf/plan/cache.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <vector>

#include "modules/waf/plan/hash.h"

namespace ravelin::waf::plan {
namespace {

constexpr std::string_view mark = "ravelin patterns 2\n";

std::string hexadecimal(std::uint64_t value) {
  std::ostringstream text;
  text << std::hex << value;
  return text.str();
}

// Two hashes of everything that the result depends on.
std::string name_of(std::span<const Pattern> patterns, std::span<const unsigned> numbers) {
  hs_platform_info_t platform{};
  hs_populate_platform(&platform);
  std::string all(hs_version());
  all.append("|" + std::to_string(platform.tune) + "|" + std::to_string(platform.cpu_features) + "\n");
  for (std::size_t i = 0; i < patterns.size(); ++i)
    all.append(std::to_string(numbers[i]) + (patterns[i].is_phrase ? "p" : "r") +
               std::to_string(patterns[i].text.size()) + ":" + patterns[i].text + "\n");
  return hexadecimal(hash(all, 1)) + hexadecimal(hash(all, 2)) + ".patterns";
}

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return file ? std::move(text).str() : std::string();
}

// Whole or not at all: written beside and renamed.
void write_file(const std::string& path, const std::string& text) {
  std::string beside = path + ".XXXXXX";
  const int file = ::mkstemp(beside.data());
  if (file < 0) return;
  const bool is_written = ::write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  const bool is_closed = ::close(file) == 0;
  if (!is_written || !is_closed || std::rename(beside.c_str(), path.c_str()) != 0) std::remove(beside.c_str());
}

std::string numbers_text(std::span<const unsigned> numbers) {
  std::string text;
  for (const unsigned number : numbers) text.append(std::to_string(number) + " ");
  return text + "\n";
}

// The mark, the hash of the rest, a line of numbers, the database.
std::string written(const Scanner& scanner) {
  const std::string rest = numbers_text(scanner.unscanned()) + scanner.serialize();
  return std::string(mark) + hexadecimal(hash(rest, 3)) + "\n" + rest;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

Result<Scanner> restore(std::string_view text, std::span<const unsigned> numbers) {
  const Error damaged{"waf:cache", "the stored patterns are damaged"};
  if (!text.starts_with(mark)) return damaged;
  text.remove_prefix(mark.size());
  if (const std::string_view known = take_line(text); known != hexadecimal(hash(text, 3))) return damaged;
  std::istringstream line{std::string(take_line(text))};
  std::vector<unsigned> unscanned;
  for (unsigned number = 0; line >> number;) {
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) return damaged;
    unscanned.push_back(number);
  }
  return Scanner::restore(text, std::move(unscanned));
}

}  // namespace

Result<Scanner> Cache::compile(std::span<const Pattern> patterns, std::span<const unsigned> numbers) const {
  if (directory_.empty() || patterns.empty()) return Scanner::compile(patterns, numbers);
  const std::string path = directory_ + "/" + name_of(patterns, numbers);
  if (auto known = restore(read_file(path), numbers)) return known;
  auto scanner = Scanner::compile(patterns, numbers);
  // What could not be put in writing must not be taken for a scanner without patterns the next time.
  if (scanner && scanner->is_empty() == scanner->serialize().empty()) write_file(path, written(*scanner));
  return scanner;
}

}  // namespace ravelin::waf::plan
