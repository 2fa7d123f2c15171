#include "waf_diff/replay.h"

#include <nlohmann/json.hpp>

#include <string_view>

namespace ravelin::waf_diff {
namespace {

using Json = nlohmann::ordered_json;

// A byte as the code point of the same number, and back.
std::string written(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += {static_cast<char>(0xc0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3f))};
    }
  }
  return text;
}

std::string read(const Json& value) {
  const auto text = value.get<std::string>();
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool is_pair = byte >= 0xc2 && byte <= 0xc3 && i + 1 < text.size();
    bytes += is_pair ? static_cast<char>((byte & 3) << 6 | (static_cast<unsigned char>(text[i + 1]) & 0x3f)) : text[i];
    if (is_pair) ++i;
  }
  return bytes;
}

Json written(const std::vector<std::string>& parts) {
  Json list = Json::array();
  for (const std::string& part : parts) list.push_back(written(part));
  return list;
}

std::vector<std::string> read_list(const Json& list) {
  std::vector<std::string> parts;
  for (const Json& each : list) parts.push_back(read(each));
  return parts;
}

Json json_of(const Policy& policy) {
  return {{"name", policy.name},
          {"paranoia", policy.paranoia},
          {"detection_paranoia", policy.detection_paranoia},
          {"inbound_threshold", policy.inbound_threshold},
          {"crs", policy.has_crs},
          {"crs_directory", policy.crs_directory},
          {"before", written(policy.before)},
          {"after", written(policy.after)}};
}

Policy policy_of(const Json& json) {
  return {json.at("name"),
          json.at("paranoia"),
          json.at("detection_paranoia"),
          json.at("inbound_threshold"),
          json.value("crs", true),
          json.value("crs_directory", ""),
          read_list(json.at("before")),
          read_list(json.at("after"))};
}

Json json_of(const Sample& sample) {
  Json fields = Json::array();
  for (const Field& field : sample.fields) fields.push_back({written(field.name), written(field.value)});
  return {{"name", written(sample.name)},
          {"method", written(sample.method)},
          {"uri", written(sample.uri)},
          {"version", sample.version},
          {"fields", fields},
          {"body", written(sample.body)}};
}

Sample sample_of(const Json& json) {
  Sample sample{read(json.at("name")), read(json.at("method")), read(json.at("uri")), json.at("version"), {},
                read(json.at("body"))};
  for (const Json& field : json.at("fields")) sample.fields.push_back({read(field.at(0)), read(field.at(1))});
  return sample;
}

}  // namespace

std::string text_of(const Replay& replay) {
  const Json json{{"seed", replay.seed},     {"difference", replay.difference},  {"reference", replay.reference},
                  {"tested", replay.tested}, {"policy", json_of(replay.policy)}, {"request", json_of(replay.sample)}};
  return json.dump(2, ' ', true) + "\n";
}

Result<Replay> parse_replay(const std::string& text) {
  try {
    const Json json = Json::parse(text);
    return Replay{json.at("seed"),   json.at("difference"),        json.at("reference"),
                  json.at("tested"), policy_of(json.at("policy")), sample_of(json.at("request"))};
  } catch (const Json::exception& error) {
    return Error{"waf_diff:replay", error.what()};
  }
}

}  // namespace ravelin::waf_diff
