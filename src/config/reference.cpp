#include <string>
#include <string_view>

#include "config/outline.h"
#include "config/print.h"

namespace ravelin::config {
namespace {

constexpr std::string_view introduction =
    R"(# Configuration reference

This page is generated from the declarations that read the file (`ravelin config reference`); do not edit it.

`ravelin.yaml` is read first, then `conf.d/*.yaml` beside it in lexical order; files that begin with a dot are left out.
Maps merge, lists append, and a key set twice is an error that names both places. A wrong file is refused with every
problem of the text, or, if there is none, of what it names, and nothing that runs changes. `ravelin check` says what a file would do without loading it;
`ravelin config show --effective` prints what is in force and where each value came from.

| Form | Written as |
| --- | --- |
| duration | `500ms`, `10s`, `5m`, `1h`, `1d`, `1w`: a whole number and one unit |
| size | `512`, `16k`, `10m`, `1g`: bytes, in powers of 1024 |
| rate | `5/s`, `100/m`, `10/h`, `1000/d` |
| share | `10%` |
| path | relative ones start from the directory of the file that names them |
| list | one item may stand alone: `bind: "0.0.0.0:80"` is `bind: ["0.0.0.0:80"]` |

Anchors, aliases and tags are not taken.
)";

constexpr std::string_view table_head = "\n| Key | Value | Default | Meaning |\n| --- | --- | --- | --- |\n";

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

// "a duration such as 10s" is told about above: "duration".
std::string short_type(std::string_view type) {
  type = type.substr(0, type.find(" such as"));
  type = type.substr(0, type.find(", as"));
  if (type.substr(0, 2) == "a ") type.remove_prefix(2);
  if (type.substr(0, 3) == "an ") type.remove_prefix(3);
  return std::string(type);
}

std::string value_of(const Outline& outline) {
  std::string text;
  for (const std::string& word : outline.alternatives) text += code(word) + " or ";
  switch (outline.kind) {
    case Outline::Kind::section: return text + "section";
    case Outline::Kind::choice: return text + "map from the names of modules";
    case Outline::Kind::list: {
      const Outline& item = *outline.children.front();
      return text + (item.kind == Outline::Kind::section ? "list" : "list of " + value_of(item));
    }
    case Outline::Kind::map: return text + "map";
    case Outline::Kind::scalar: break;
  }
  if (outline.words.empty()) text += short_type(outline.type);
  for (const std::string& word : outline.words) text += (&word == &outline.words.front() ? "" : ", ") + code(word);
  return text + (outline.range.empty() ? "" : ", " + outline.range);
}

std::string cell(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped.append(c == '|' ? "\\|" : std::string(1, c));
  return escaped;
}

std::string default_of(const Outline& outline) {
  if (outline.is_required) return "required";
  return outline.default_text.empty() ? "" : code(outline.default_text);
}

class Page {
 public:
  std::string take_text() { return std::move(text_); }

  void add(std::string_view text) { text_ += text; }
  void add_heading(std::string_view level, const Outline& outline) {
    text_.append("\n").append(level).append(" ").append(outline.name).append("\n");
    if (!outline.doc.empty()) text_ += "\n" + outline.doc + "\n";
  }
  void add_table(const Outline& outline) {
    text_ += table_head;
    add_rows(outline, "");
  }

 private:
  void add_rows(const Outline& outline, const std::string& path) {
    switch (outline.kind) {
      case Outline::Kind::section:
        for (const auto& key : outline.children) add_key(*key, path);
        return;
      case Outline::Kind::list: return add_rows(*outline.children.front(), path + "[]");
      case Outline::Kind::map: return add_rows(*outline.children.front(), path.empty() ? "NAME" : path + ".NAME");
      case Outline::Kind::choice:
      case Outline::Kind::scalar: return;
    }
  }
  void add_key(const Outline& key, const std::string& path) {
    const std::string name = path.empty() || path == "[]" ? key.name : path + "." + key.name;
    text_ += "| " + code(name) + " | " + value_of(key) + " | " + cell(default_of(key)) + " | " + cell(key.doc) + " |\n";
    add_rows(key, name);
  }

  std::string text_;
};

void add_modules(Page& page, const Outline& modules) {
  page.add("\nEach item of the list is `- NAME: {...}`; a name alone runs the module with its defaults.\n");
  for (const auto& module : modules.children.front()->children) {
    page.add_heading("###", *module);
    page.add_table(*module);
  }
}

}  // namespace

std::string write_reference(Known modules) {
  const auto outline = outline_of(modules);
  Page page;
  page.add(introduction);
  for (const auto& section : outline->children) {
    page.add_heading("##", *section);
    if (section->name == "modules") {
      add_modules(page, *section);
    } else if (section->kind == Outline::Kind::scalar) {
      page.add("\nValue: " + value_of(*section) + ". Default: " + default_of(*section) + ".\n");
    } else {
      page.add_table(*section);
    }
  }
  return page.take_text();
}

}  // namespace ravelin::config
