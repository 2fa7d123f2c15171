#include <fstream>
#include <string>
#include <vector>

#include "modules/waf/plan/hash.h"
#include "modules/waf/plan/operator_families.h"

namespace ravelin::waf::plan::family {
namespace {

// Everything up to the last separator; a name without one stands for itself, as in the library.
std::string folder_of(const std::string& file) { return file.substr(0, file.find_last_of("/\\")); }

std::ifstream open(const std::string& name, const std::string& file) {
  std::ifstream stream(name);
  if (!stream.is_open()) stream.open(folder_of(file) + "/" + name);
  return stream;
}

}  // namespace

Result<std::vector<std::string>> lines_of(const Operator& op, const std::string& file) {
  if (op.argument.starts_with("https://")) return refused(op, "files are not fetched");
  std::ifstream stream = open(op.argument, file);
  if (!stream.is_open()) return refused(op, "there is no file " + op.argument);
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace ravelin::waf::plan::family

namespace ravelin::waf::plan {

std::uint64_t hash_of_file(const Operator& op, const std::string& file) {
  if (op.name != "pmfromfile" && op.name != "ipmatchfromfile") return 0;
  const auto lines = family::lines_of(op, file);
  std::uint64_t sum = 0;
  if (lines)
    for (const std::string& line : *lines) sum = hash(line, sum + 1);
  return sum;
}

}  // namespace ravelin::waf::plan
