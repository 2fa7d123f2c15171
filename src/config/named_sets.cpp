#include "config/named_sets.h"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "base/near_miss.h"

namespace ravelin::config {
namespace {

constexpr std::size_t largest_list = 4 * 1024 * 1024;

constexpr std::array<std::string_view, 2> loopback{"127.0.0.0/8", "::1"};

// RFC 1918, RFC 6598 (carrier-grade NAT), RFC 4193, and link-local (RFC 3927, RFC 4291).
constexpr std::array<std::string_view, 7> private_use{
    "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "fc00::/7", "fe80::/10"};

// https://www.cloudflare.com/ips/. Changes rarely; lists/cloudflare.txt takes its place when it does.
constexpr std::array<std::string_view, 22> cloudflare{
    "173.245.48.0/20", "103.21.244.0/22", "103.22.200.0/22",  "103.31.4.0/22",   "141.101.64.0/18", "108.162.192.0/18",
    "190.93.240.0/20", "188.114.96.0/20", "197.234.240.0/22", "198.41.128.0/17", "162.158.0.0/15",  "104.16.0.0/13",
    "104.24.0.0/14",   "172.64.0.0/13",   "131.0.72.0/22",    "2400:cb00::/32",  "2606:4700::/32",  "2803:f800::/32",
    "2405:b500::/32",  "2405:8100::/32",  "2a06:98c0::/29",   "2c0f:f248::/32"};

using Blocks = std::vector<Prefix>;

Blocks parse_all(std::span<const std::string_view> texts) {
  Blocks blocks;
  for (const std::string_view text : texts) blocks.push_back(*Prefix::parse(text));
  return blocks;
}

Error no_set(std::string_view text) {
  return {"config:value",
          "expected a block such as 10.0.0.0/8, or cloudflare, private, loopback, or NAME for a file lists/NAME.txt, "
          "got '" +
              std::string(text.substr(0, 60)) + "'" + did_you_mean(text, {"loopback", "private", "cloudflare"})};
}

Result<Blocks> find_built_in(std::string_view name) {
  if (name == "loopback") return parse_all(loopback);
  if (name == "private") return parse_all(private_use);
  if (name == "cloudflare") return parse_all(cloudflare);
  return no_set(name);
}

bool is_set_name(std::string_view text) {
  return !text.empty() && text.size() <= 64 && text.front() != '.' && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string_view trim(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const std::size_t start = std::min(line.find_first_not_of(" \t\r"), line.size());
  line.remove_prefix(start);
  return line.substr(0, line.find_last_not_of(" \t\r") + 1);
}

Result<Blocks> parse_list(const std::string& path, std::string_view content) {
  Blocks blocks;
  for (int line = 1; !content.empty(); ++line) {
    const std::size_t end = std::min(content.find('\n'), content.size());
    const std::string_view text = trim(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
    if (text.empty()) continue;
    auto block = Prefix::parse(text);
    if (!block) return Error{"config:value", path + ":" + std::to_string(line) + ": " + block.error().message};
    blocks.push_back(*block);
  }
  if (blocks.empty()) return Error{"config:value", path + " holds no blocks"};
  return blocks;
}

// Beside the file that names it, else beside the main file: conf.d has no lists of its own.
std::string find_list(std::string_view name, const Place& place, const std::deque<SourceFile>& files,
                      const Environment& environment) {
  const std::string relative = "/lists/" + std::string(name) + ".txt";
  for (const SourceFile& file : files) {
    if (file.name == place.file && environment.has_file(file.directory + relative)) return file.directory + relative;
  }
  if (files.empty() || !environment.has_file(files.front().directory + relative)) return {};
  return files.front().directory + relative;
}

}  // namespace

Result<Blocks> find_set(std::string_view text, const Place& place, const std::deque<SourceFile>& files,
                        const Environment& environment) {
  const bool is_block = text.find_first_of("./:") != std::string_view::npos;
  if (is_block || !is_set_name(text)) {
    auto block = Prefix::parse(text);
    if (block) return Blocks{*block};
    const bool is_meant_so = text.find_first_not_of("0123456789abcdefABCDEF.:/") == std::string_view::npos;
    return is_meant_so ? std::move(block).error() : no_set(text);
  }
  const std::string path = find_list(text, place, files, environment);
  if (path.empty()) return find_built_in(text);
  auto content = environment.read_file(path, largest_list);
  if (!content) return std::move(content).error();
  return parse_list(path, *content);
}

bool is_everybody(const Prefix& block) {
  return block.length() < (block.address().family() == Address::Family::v4 ? 8 : 7);
}

std::vector<Prefix> cdn_networks() { return parse_all(cloudflare); }

}  // namespace ravelin::config
