#include "http/http1/field_lines.h"

#include <cstring>

#include "http/chars.h"
#include "http/fields.h"

namespace ravelin::http::http1 {

bool FieldLines::next() { return at_ != end_ && read_name() && read_value(); }

// A field name is followed by ':' at once: a blank between them has been a way to smuggle (RFC 9112
// section 5.1). A blank in front is obsolete line folding (section 5.2).
bool FieldLines::read_name() {
  char* const start = at_;
  char* to = start;  // a local: what is stored through it might otherwise be at_ itself
  std::uint16_t seen = 0;
  while (const std::uint16_t found = chars::name_class(*to)) {  // the CR of the line is none
    seen |= found;
    *to++ = static_cast<char>(found & 0xff);
  }
  if (to == start || *to != ':') return fail(to == start && chars::is_blank(*to) ? Fault::folded : Fault::bad_name);
  is_odd_ = (seen & chars::odd) != 0;
  name_ = {start, static_cast<std::size_t>(to - start)};
  at_ = to + 1;
  return true;
}

bool FieldLines::read_value() {
  const char* start = at_;
  while (chars::is_blank(*start)) ++start;
  const char* stop = chars::find_control(start, end_);  // not end_: the line has a CR
  if (*stop != '\r') return fail(*stop == '\n' ? Fault::bad_line_end : Fault::bad_value);
  if (stop[1] != '\n') return fail(Fault::bad_line_end);
  at_ += stop + 2 - at_;
  while (stop != start && chars::is_blank(stop[-1])) --stop;
  value_ = {start, static_cast<std::size_t>(stop - start)};
  return true;
}

Error FieldLines::error() const {
  const auto bad = [](std::string_view code, std::string_view message) {
    return Error{code, std::string(message), Side::client, 400};
  };
  switch (fault_) {
    case Fault::folded: return bad("http:folded_field", "a field line begins with a blank");
    case Fault::bad_name: return bad("http:bad_field_name", "a field name is empty or not a token");
    case Fault::bad_value: return bad("http:bad_field_value", "a field value has a control character");
    default: return bad("http:bad_line_end", "a line does not end with CR LF");
  }
}

Result<void> read_trailers(std::string_view lines, std::size_t most, HeaderList& trailers) {
  auto* const text = static_cast<char*>(trailers.arena().allocate(lines.size()));
  if (!lines.empty()) std::memcpy(text, lines.data(), lines.size());
  FieldLines line(text, lines.size());
  for (std::size_t count = 1; line.next(); ++count) {
    if (count > most)
      return Error{"http:too_many_fields", "there are more trailer lines than allowed", Side::client, 431};
    if (may_be_trailer(line.name()) && !is_odd_name(line.name())) trailers.add_view(line.name(), line.value());
  }
  if (line.fault() != FieldLines::Fault::none) return line.error();
  return {};
}

}  // namespace ravelin::http::http1
