#include <libxml/parser.h>
#include <libxml/tree.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "modules/waf/plan/ascii.h"
#include "modules/waf/plan/collect.h"

namespace ravelin::waf::plan {
namespace {

constexpr auto npos = std::string_view::npos;

struct FreeParser {
  void operator()(xmlParserCtxt* parser) const { xmlFreeParserCtxt(parser); }
};
struct FreeDocument {
  void operator()(xmlDoc* document) const { xmlFreeDoc(document); }
};
struct FreeText {
  void operator()(xmlChar* text) const { xmlFree(text); }
};
using Document = std::unique_ptr<xmlDoc, FreeDocument>;

void keep_silent(void*, const char*, ...) {}

// As the library does it: all at once, to a parser that is fed. What could be read of a malformed document stays.
Document parsed(std::string_view body, bool& is_well_formed) {
  xmlSetGenericErrorFunc(nullptr, keep_silent);
  const std::unique_ptr<xmlParserCtxt, FreeParser> parser(
      xmlCreatePushParserCtxt(nullptr, nullptr, body.data(), static_cast<int>(body.size()), "body.xml"));
  if (parser == nullptr) return nullptr;
  xmlParseChunk(parser.get(), nullptr, 0, 1);
  is_well_formed = parser->wellFormed == 1;
  return Document(std::exchange(parser->myDoc, nullptr));
}

// The next node in the order of the document, below `root`.
const xmlNode* next_of(const xmlNode* node, const xmlNode* root) {
  if (node->type == XML_ELEMENT_NODE && node->children != nullptr) return node->children;
  while (node != root && node->next == nullptr) node = node->parent;
  return node == root ? nullptr : node->next;
}

}  // namespace

// Declarations are read in a DTD only, encodings in the first line only. Beyond ASCII an encoding is what it likes.
bool may_multiply_xml(std::string_view body) {
  constexpr std::array<std::string_view, 14> plain{"utf-8",     "utf8",   "ascii",     "iso-8859-",   "iso8859-",
                                                   "iso_8859-", "latin",  "cp125",     "windows-125", "koi8-",
                                                   "euc-",      "gb2312", "shift_jis", "big5"};
  constexpr std::array<std::string_view, 3> others{"\xfe\xff", "\xff\xfe", "\x4c\x6f\xa7\x94"};  // UTF-16, EBCDIC
  const auto begins_with = [&](std::string_view one) { return body.starts_with(one); };
  if (body.find('\0') != npos || std::any_of(others.begin(), others.end(), begins_with)) return true;
  const bool has_type = body.find("<!DOCTYPE") != npos;
  if (has_type && (body.find("<!ENTITY") != npos || body.find("<!ATTLIST") != npos)) return true;
  if (body.starts_with("\xef\xbb\xbf")) body.remove_prefix(3);
  if (!body.starts_with("<?xml")) return false;
  const std::string declaration = lower_case(body.substr(0, body.find("?>")));
  const std::size_t encoding = declaration.find("encoding");
  if (encoding == npos) return false;
  return std::none_of(plain.begin(), plain.end(),
                      [&](std::string_view one) { return declaration.find(one, encoding) != npos; });
}

// The two paths of the core rule set: the text of all elements, as one, and each attribute.
void Values::collect_xml(std::string_view body) {
  if (!reads_xml_) return set_doubt("the body is XML");
  if (may_multiply_xml(body)) return set_doubt("the XML body may multiply itself");
  bool is_well_formed = false;
  const Document document = parsed(body, is_well_formed);
  set_body_error(!is_well_formed);
  const xmlNode* const root = document == nullptr ? nullptr : xmlDocGetRootElement(document.get());
  if (root == nullptr) return;
  const auto add = [this](std::string_view path, const xmlNode* node) {
    const std::unique_ptr<xmlChar, FreeText> text(xmlNodeGetContent(node));
    if (text != nullptr) xml_.push_back({path, arena_.copy(reinterpret_cast<const char*>(text.get()))});
  };
  add("/*", root);
  for (const xmlNode* node = root; node != nullptr; node = next_of(node, root))
    if (node->type == XML_ELEMENT_NODE)
      for (const xmlAttr* attribute = node->properties; attribute != nullptr; attribute = attribute->next)
        add("//@*", reinterpret_cast<const xmlNode*>(attribute));
}

}  // namespace ravelin::waf::plan
