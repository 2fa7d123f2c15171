#include "modules/access/list_file.h"

#include <fstream>
#include <string_view>

namespace ravelin::access {
namespace {

constexpr std::string_view blanks = " \t\r";

std::string_view content_of(std::string_view line) {
  line = line.substr(0, line.find('#'));
  const std::size_t first = line.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

Error list_error(std::string message) { return {"access:list", std::move(message)}; }

}  // namespace

Result<std::vector<Prefix>> read_list(const std::string& path) {
  std::ifstream file(path);
  if (!file) return list_error(path + " cannot be read; check that it exists and that the gateway's user may read it");
  std::vector<Prefix> blocks;
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    const std::string_view content = content_of(line);
    if (content.empty()) continue;
    auto block = Prefix::parse(content);
    if (!block) return list_error(path + ":" + std::to_string(number) + ": " + block.error().message);
    blocks.push_back(*block);
  }
  if (file.bad()) return list_error(path + " cannot be read to its end; check that it is a file");
  if (blocks.empty()) return list_error(path + " holds no address; take it out of the configuration if that is meant");
  return blocks;
}

}  // namespace ravelin::access
