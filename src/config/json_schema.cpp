#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "config/outline.h"
#include "config/print.h"

namespace ravelin::config {
namespace {

using Json = nlohmann::ordered_json;

Json any_of(Json::array_t forms) {
  if (forms.size() == 1) return forms.front();
  return Json{{"anyOf", std::move(forms)}};
}

Json text_of(std::string_view pattern) { return {{"type", "string"}, {"pattern", pattern}}; }

Json number(const Outline& outline, std::string_view type) {
  Json form{{"type", type}};
  if (outline.bounds.min != Range{}.min) form["minimum"] = outline.bounds.min;
  if (outline.bounds.max != Range{}.max) form["maximum"] = outline.bounds.max;
  return form;
}

// What an editor makes of a plain word before the schema sees it: `1.2` is a number, `true` a boolean, and
// `off` is false to readers of YAML 1.1.
void add_word(Json& words, const std::string& word) {
  words.push_back(word);
  if (word == "off") words.push_back(false);
  const Json plain = Json::parse(word, nullptr, false);
  if (plain.is_number() || plain.is_boolean()) words.push_back(plain);
}

// YAML reads `16` as a number and `16k` as text; both are a size.
Json form_of_scalar(const Outline& outline) {
  const std::string_view type = outline.type;
  if (!outline.words.empty()) {
    Json words = Json::array();
    for (const std::string& word : outline.words) add_word(words, word);
    return {{"enum", words}};
  }
  if (type == schema::Text<bool>::type()) return {{"type", "boolean"}};
  if (type == schema::Text<int>::type()) return number(outline, "integer");
  if (type == schema::Text<double>::type()) return number(outline, "number");
  if (type == schema::Text<Duration>::type()) return text_of("^[0-9]+(us|ms|s|m|h|d|w)$");
  if (type == schema::Text<ByteSize>::type()) {
    return any_of({number(outline, "integer"), text_of("^[0-9]+[kmg]?$")});
  }
  if (type == schema::Text<Rate>::type()) return text_of("^[0-9]+/[smhd]$");
  if (type == schema::Text<Percent>::type()) return text_of("^[0-9]+%$");
  if (type == schema::Text<std::string>::type()) return {{"type", Json::array({"string", "number", "boolean"})}};
  return {{"type", "string"}};
}

Json form_of(const Outline& outline);

Json form_of_section(const Outline& outline) {
  Json keys = Json::object();
  Json required = Json::array();
  const Outline* shorthand = nullptr;
  for (const auto& key : outline.children) {
    keys[key->name] = form_of(*key);
    if (key->is_required) required.push_back(key->name);
    if (key->is_shorthand) shorthand = key.get();
  }
  Json section{{"type", "object"}, {"properties", keys}, {"additionalProperties", false}};
  if (!required.empty()) section["required"] = required;
  if (shorthand != nullptr) return any_of({form_of(*shorthand), section});
  // A section all of whose keys are commented out reads as nothing.
  if (required.empty()) section["type"] = Json::array({"object", "null"});
  return section;
}

Json form_of_choice(const Outline& outline) {
  Json keys = Json::object();
  for (const auto& choice : outline.children) keys[choice->name] = {{"$ref", "#/$defs/" + choice->name}};
  return {{"type", "object"}, {"properties", keys}, {"additionalProperties", false}};
}

Json form_of_list(const Outline& outline) {
  const Outline& item = *outline.children.front();
  Json form = form_of(item);
  if (item.kind == Outline::Kind::choice) {
    form["minProperties"] = 1;
    form["maxProperties"] = 1;
    Json names = Json::array();
    for (const auto& choice : item.children) names.push_back(choice->name);
    form = any_of({form, Json{{"enum", names}}});
  }
  return any_of({Json{{"type", "array"}, {"items", form}}, form});
}

Json form_without_words(const Outline& outline) {
  switch (outline.kind) {
    case Outline::Kind::scalar: return form_of_scalar(outline);
    case Outline::Kind::section: return form_of_section(outline);
    case Outline::Kind::list: return form_of_list(outline);
    case Outline::Kind::map: return {{"type", "object"}, {"additionalProperties", form_of(*outline.children.front())}};
    case Outline::Kind::choice: return form_of_choice(outline);
  }
  return {};
}

Json form_of(const Outline& outline) {
  Json form = form_without_words(outline);
  for (const std::string& word : outline.alternatives) {
    Json words = Json::array();
    add_word(words, word);
    form = any_of({Json{{"enum", words}}, form});
  }
  if (!outline.doc.empty()) form["description"] = outline.doc;
  if (!outline.default_text.empty() && outline.kind == Outline::Kind::scalar) form["default"] = outline.default_text;
  return form;
}

Json definitions(const Outline& outline) {
  Json result = Json::object();
  for (const auto& key : outline.children) {
    if (key->name != "modules") continue;
    for (const auto& module : key->children.front()->children) result[module->name] = form_of(*module);
  }
  return result;
}

}  // namespace

std::string write_schema(Known modules) {
  const auto outline = outline_of(modules);
  Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"}, {"title", "Ravelin configuration"}};
  schema.update(form_of(*outline));
  schema.erase("required");  // a file of conf.d is a part: what is missing there stands elsewhere
  schema["$defs"] = definitions(*outline);
  return schema.dump(2) + "\n";
}

}  // namespace ravelin::config
