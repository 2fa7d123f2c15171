#include "waf_diff/attacks.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <utility>

#include "waf_diff/encodings.h"

namespace ravelin::waf_diff {
namespace {

constexpr std::string_view boundary = "waf-diff-edge";

std::string unescaped(std::string_view line) {
  std::string result;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] != '\\' || i + 1 == line.size()) {
      result += line[i];
      continue;
    }
    switch (line[++i]) {
      case 'n': result += '\n'; break;
      case 'r': result += '\r'; break;
      case 't': result += '\t'; break;
      case '0': result += '\0'; break;
      case 'x':
        result += percent_decoded("%" + std::string(line.substr(i + 1, 2)));
        i += 2;
        break;
      default: result += line[i];
    }
  }
  return result;
}

std::vector<Payload> read_payloads() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(RAVELIN_SOURCE_DIR "/tests/waf_diff/payloads"))
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  std::vector<Payload> result;
  for (const auto& path : files) {
    std::ifstream file(path, std::ios::binary);
    for (std::string line; std::getline(file, line);)
      if (!line.empty() && !line.starts_with("## ")) result.push_back({path.stem(), unescaped(line)});
  }
  return result;
}

std::string part(std::string_view disposition, std::string_view content) {
  return "--" + std::string(boundary) + "\r\nContent-Disposition: form-data; " + std::string(disposition) + "\r\n\r\n" +
         std::string(content) + "\r\n--" + std::string(boundary) + "--\r\n";
}

void give_body(Sample& sample, std::string type, std::string body) {
  sample.method = "POST";
  sample.set("content-type", std::move(type));
  sample.body = std::move(body);
}

}  // namespace

const std::vector<Payload>& payloads() {
  static const std::vector<Payload> all = read_payloads();
  return all;
}

Sample attack_sample(const Payload& payload, Placement placement) {
  Sample sample;
  sample.name = "attack " + payload.kind;
  sample.fields = {{"host", "shop.example.com"}, {"user-agent", "Mozilla/5.0"}, {"accept", "*/*"}};
  const std::string& text = payload.text;
  const std::string multipart = "multipart/form-data; boundary=" + std::string(boundary);
  switch (placement) {
    case Placement::query_value: sample.uri = "/a?id=" + form_encoded(text) + "&page=2"; break;
    case Placement::query_name: sample.uri = "/a?" + form_encoded(text) + "=1"; break;
    case Placement::path: sample.uri = "/a/" + percent_encoded(text, "?#%"); break;
    case Placement::field: sample.fields.push_back({"x-note", text}); break;
    case Placement::cookie: sample.fields.push_back({"cookie", "session=1; note=" + text}); break;
    case Placement::form_value:
      give_body(sample, "application/x-www-form-urlencoded", "a=1&note=" + form_encoded(text));
      break;
    case Placement::json_value:
      give_body(sample, "application/json", R"({"a":[1,{"note":")" + json_escaped(text) + "\"}]}");
      break;
    case Placement::part_value: give_body(sample, multipart, part("name=\"note\"", text)); break;
    case Placement::file_name:
      give_body(sample, multipart, part("name=\"file\"; filename=\"" + text + "\"", "x"));
      break;
    case Placement::whole_body: give_body(sample, "text/plain", text); break;
  }
  return sample;
}

Sample attack_sample(Random& random) {
  const Payload& payload = random.pick(payloads());
  return attack_sample(payload, static_cast<Placement>(random.below(placement_count)));
}

}  // namespace ravelin::waf_diff
