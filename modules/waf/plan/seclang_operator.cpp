#include <algorithm>
#include <array>

#include "modules/waf/plan/seclang_read.h"

namespace ravelin::waf::plan {
namespace {

struct Known {
  std::string_view name;
  bool takes_argument = true;
  std::string_view same_as = {};
};

constexpr std::array<Known, 39> operators{{
    {"beginswith"},
    {"contains"},
    {"containsword"},
    {"detectsqli", false},
    {"detectxss", false},
    {"endswith"},
    {"eq"},
    {"fuzzyhash"},
    {"ge"},
    {"geolookup", false},
    {"gsblookup"},
    {"gt"},
    {"inspectfile"},
    {"ipmatch"},
    {"ipmatchf", true, "ipmatchfromfile"},
    {"ipmatchfromfile"},
    {"le"},
    {"lt"},
    {"pm"},
    {"pmf", true, "pmfromfile"},
    {"pmfromfile"},
    {"rbl"},
    {"rsub"},
    {"rx"},
    {"rxglobal"},
    {"streq"},
    {"strmatch"},
    {"unconditionalmatch", false},
    {"validatebyterange"},
    {"validatedtd"},
    {"validatehash"},
    {"validateschema"},
    {"validateurlencoding", false},
    {"validateutf8encoding", false},
    {"verifycc"},
    {"verifycpf"},
    {"verifyssn"},
    {"verifysvnr"},
    {"within"},
}};

// The longest that the text begins with: the library does not ask where a name ends.
const Known* operator_at(std::string_view text) {
  const Known* found = nullptr;
  if (!text.starts_with('@')) return found;
  for (const Known& known : operators)
    if (equals_in_any_case(text.substr(1, known.name.size()), known.name) &&
        (found == nullptr || known.name.size() > found->name.size()))
      found = &known;
  return found;
}

std::string read_argument(Text& text, char end) {
  std::string argument = end == '"' ? read_quoted(text, '"') : read_bare(text, " \"\t");
  if (end == ' ' && !text.accept(" ")) text.doubt("an operator without quotes that does not end with a blank");
  if (argument.empty() && !text.is_stopped()) text.refuse("an operator without its argument");
  return argument;
}

void read_end(Text& text, char end) {
  if (end == '"') text.take(std::min(text.rest().find_first_not_of(' '), text.rest().size()));
  if (!text.accept(std::string(1, end))) text.doubt("an argument for an operator that takes none");
}

// The library skips blanks, but takes a single one for the beginning of a pattern.
void skip_gap(Text& text) {
  while (text.skip_continuation() || text.blanks() > 1) text.skip_blanks();
  if (text.blanks() == 1) text.doubt("a blank before an operator");
}

}  // namespace

Operator read_operator(Text& text, char end) {
  Operator op;
  skip_gap(text);
  op.is_negated = text.accept("!");
  skip_gap(text);
  if (text.is_at("!")) text.refuse("an operator negated twice");
  const Known* known = operator_at(text.rest());
  op.name = known == nullptr ? "rx" : known->same_as.empty() ? known->name : known->same_as;
  if (known == nullptr) {
    op.argument = read_argument(text, end);
    return op;
  }
  text.take(known->name.size() + 1);
  if (!known->takes_argument) {
    read_end(text, end);
    return op;
  }
  if (!text.accept(" ")) text.doubt("an operator without a blank behind it");
  op.argument = read_argument(text, end);
  return op;
}

}  // namespace ravelin::waf::plan
