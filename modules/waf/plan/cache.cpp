#include "modules/waf/plan/cache.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iomanip>
#include <optional>
#include <sstream>
#include <system_error>
#include <vector>

#include "modules/waf/plan/hash.h"

namespace ravelin::waf::plan {
namespace {

// Another number for each change of what is compiled from the same patterns (here, in scanner and in shorten): a file
// of before may miss what is mended since.
constexpr std::string_view mark = "ravelin patterns 11\n";
constexpr std::string_view ending = ".patterns";
constexpr std::string_view hexadecimal_digits = "0123456789abcdef";

std::string hexadecimal(std::uint64_t value) {
  std::ostringstream text;
  text << std::hex << std::setw(16) << std::setfill('0') << value;
  return text.str();
}

std::string_view letter_of(const Pattern& pattern) {
  if (pattern.is_phrase) return "p";
  return pattern.is_sharp ? "s" : "r";
}

// Two hashes of everything that the result depends on.
std::string name_of(std::span<const Pattern> patterns, std::span<const unsigned> numbers) {
  hs_platform_info_t platform{};
  hs_populate_platform(&platform);
  std::string all(mark);
  all.append(hs_version());
  all.append("|" + std::to_string(platform.tune) + "|" + std::to_string(platform.cpu_features) + "\n");
  for (std::size_t i = 0; i < patterns.size(); ++i)
    all.append(std::to_string(numbers[i]))
        .append(letter_of(patterns[i]))
        .append(std::to_string(patterns[i].text.size()) + ":" + patterns[i].text + "\n");
  return hexadecimal(hash(all, 1)) + hexadecimal(hash(all, 2)) + std::string(ending);
}

// Nothing unless it is a file that only this user can write to. That it was used is written down as its time.
std::string read_file(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (file < 0) return {};
  struct stat status {};
  std::string text;
  if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_uid == ::geteuid() &&
      (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) {
    text.resize(static_cast<std::size_t>(status.st_size));
    if (::read(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) text.clear();
    (void)::futimens(file, nullptr);
  }
  ::close(file);
  return text;
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

// Of the file's name, too: under another's it is no file of ours.
std::string checksum(const std::string& name, std::string_view rest) { return hexadecimal(hash(rest, hash(name, 3))); }

// The mark, the checksum of the rest, a line of numbers, the database.
std::string written(const std::string& name, const Scanner& scanner) {
  const std::string rest = numbers_text(scanner.unscanned()) + scanner.serialize();
  return std::string(mark) + checksum(name, rest) + "\n" + rest;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

Result<Scanner> restore(const std::string& name, std::string_view text, std::span<const unsigned> numbers) {
  const Error damaged{"waf:cache", "the stored patterns are damaged"};
  if (!text.starts_with(mark)) return damaged;
  text.remove_prefix(mark.size());
  if (const std::string_view known = take_line(text); known != checksum(name, text)) return damaged;
  std::istringstream line{std::string(take_line(text))};
  std::vector<unsigned> unscanned;
  for (unsigned number = 0; line >> number;) {
    if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) return damaged;
    unscanned.push_back(number);
  }
  return Scanner::restore(text, std::move(unscanned));
}

// 32 hexadecimal digits and the ending (30 to 32 in earlier versions), and six more while it is written.
bool is_own(std::string_view name) {
  const std::size_t digits = std::min(name.find_first_not_of(hexadecimal_digits), name.size());
  name.remove_prefix(digits);
  if (digits < 2 || digits > 32 || !name.starts_with(ending)) return false;
  name.remove_prefix(ending.size());
  return name.empty() || (name.size() == 7 && name.front() == '.');
}

using FileTime = std::filesystem::file_time_type;

// What a file written now would have. Nothing if none can be written.
std::optional<FileTime> time_in(const std::string& directory) {
  std::string name = directory + "/00" + std::string(ending) + ".XXXXXX";
  const int file = ::mkstemp(name.data());
  if (file < 0) return std::nullopt;
  ::close(file);
  std::error_code code;
  const FileTime now = std::filesystem::last_write_time(name, code);
  std::remove(name.c_str());
  return code ? std::nullopt : std::optional(now);
}

struct Kept {
  std::filesystem::path path;
  FileTime used;
  std::uint64_t bytes = 0;
};

// The latest used first.
std::vector<Kept> kept_in(const std::string& directory) {
  std::vector<Kept> all;
  std::error_code code;
  for (std::filesystem::directory_iterator at(directory, code), end; !code && at != end; at.increment(code)) {
    std::error_code gone;  // another process may be cleaning
    if (!is_own(at->path().filename().native()) || !at->is_regular_file(gone) || at->is_symlink(gone)) continue;
    const auto used = at->last_write_time(gone);
    const std::uint64_t bytes = gone ? 0 : at->file_size(gone);
    if (!gone) all.push_back({at->path(), used, bytes});
  }
  std::sort(all.begin(), all.end(), [](const Kept& a, const Kept& b) { return a.used > b.used; });
  return all;
}

}  // namespace

Result<Scanner> Cache::compile(std::span<const Pattern> patterns, std::span<const unsigned> numbers) const {
  if (patterns.empty()) return Scanner::compile(patterns, numbers);
  if (directory_.empty()) {
    on_compiled();
    return Scanner::compile(patterns, numbers);
  }
  const std::string name = name_of(patterns, numbers);
  const std::string path = directory_ + "/" + name;
  if (auto known = restore(name, read_file(path), numbers)) return known;
  on_compiled();
  auto scanner = Scanner::compile(patterns, numbers);
  // What could not be put in writing must not be taken for a scanner without patterns the next time.
  if (scanner && scanner->is_empty() == scanner->serialize().empty()) write_file(path, written(name, *scanner));
  return scanner;
}

void Cache::clean(const Bounds& bounds) const {
  const auto now = directory_.empty() ? std::nullopt : time_in(directory_);
  if (!now) return;
  std::uint64_t bytes = 0;
  for (const Kept& file : kept_in(directory_)) {
    bytes += file.bytes;
    std::error_code code;
    if (bytes > bounds.bytes || *now - file.used > bounds.unused) std::filesystem::remove(file.path, code);
  }
}

}  // namespace ravelin::waf::plan
