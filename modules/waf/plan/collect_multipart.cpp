#include <algorithm>

#include "modules/waf/plan/collect_text.h"
#include "modules/waf/plan/multipart.h"
#include "modules/waf/plan/multipart_reader.h"

namespace ravelin::waf::plan {
namespace {

constexpr auto npos = std::string_view::npos;
constexpr std::size_t buffer_size = 4096;  // of the library
// Names must differ, which is compared one by one. Browsers send two.
constexpr std::size_t most_fields = 16;

bool has_bare_line_feed(std::string_view chunk) { return chunk.ends_with('\n') && !chunk.ends_with("\r\n"); }

std::size_t line_end_of(std::string_view chunk) { return chunk.ends_with("\r\n") ? 2 : chunk.ends_with('\n') ? 1 : 0; }

std::string_view without_line_ends(std::string_view text) {
  const std::size_t last = text.find_last_not_of("\r\n");
  return last == npos ? text : text.substr(0, last + 1);
}

}  // namespace

void Values::collect_multipart(std::string_view body) {
  const std::optional<std::string_view> boundary = multipart_boundary(content_type_);
  if (!boundary) return set_doubt("the boundary in the Content-Type is malformed");
  set(Variable::multipart_strict_error, "0");
  set(Variable::multipart_unmatched_boundary, "0");
  if (body.empty()) return;
  const std::string_view why = MultipartReader(*this, body, *boundary).read();
  if (!why.empty()) set_doubt(why);
}

MultipartReader::MultipartReader(Values& values, std::string_view body, std::string_view boundary)
    : values_(values), body_(body) {
  char* end = values_.arena_.reserve(2 + boundary.size());
  *end++ = '-';
  *end++ = '-';
  delimiter_ = values_.arena_.commit(end + boundary.copy(end, boundary.size()));
  next_delimiter_ = body_.find(delimiter_);
}

std::string_view MultipartReader::read() {
  while (doubt_.empty() && state_ != State::after) {
    const std::size_t size = chunk_size();
    if (size == 0) {
      read_end();
      break;
    }
    const Chunk chunk{body_.substr(at_, size), is_at_line_start_};
    read_chunk(chunk);
    at_ += size;
    is_at_line_start_ = chunk.text.ends_with('\n');
    is_after_bare_line_feed_ = has_bare_line_feed(chunk.text);
  }
  if (doubt_.empty() && state_ == State::after && at_ < body_.size()) refuse("data after the last multipart boundary");
  if (unmatched_ == '1') values_.set(Variable::multipart_unmatched_boundary, "1");
  if (unmatched_ == '2') values_.set(Variable::multipart_unmatched_boundary, "2");
  return doubt_;
}

// A line with its end, or a full buffer, which a CR does not end. Nothing for what is left at the end.
std::size_t MultipartReader::chunk_size() const {
  const std::string_view rest = body_.substr(at_, buffer_size);
  const std::size_t line_feed = rest.find('\n');
  if (line_feed != npos) return line_feed + 1;
  if (rest.size() < buffer_size) return 0;
  return rest.back() == '\r' ? buffer_size - 1 : buffer_size;
}

void MultipartReader::read_chunk(Chunk chunk) {
  if (!chunk.is_at_line_start) return read_data(chunk);
  if (!chunk.text.starts_with("--")) {
    if (has_delimiter(chunk)) unmatched_ = '1';
    return read_data(chunk);
  }
  // As a C string, as the library does.
  const std::string_view text = chunk.text.substr(0, chunk.text.find('\0'));
  if (text.size() > 3 && text.starts_with(delimiter_)) return read_boundary(text.substr(delimiter_.size()));
  if (text.size() > 3 || has_delimiter(chunk)) unmatched_ = '1';
  const std::string_view rest = text.substr(2);
  const std::size_t blanks =
      static_cast<std::size_t>(std::find_if_not(rest.begin(), rest.end(), is_space) - rest.begin());
  if (blanks > 0 && rest.substr(blanks).starts_with(delimiter_.substr(2))) return refuse("blanks before a boundary");
  read_data(chunk);
}

bool MultipartReader::has_delimiter(Chunk chunk) {
  if (next_delimiter_ != npos && next_delimiter_ < at_) next_delimiter_ = body_.find(delimiter_, at_);
  return next_delimiter_ != npos && next_delimiter_ + delimiter_.size() <= at_ + chunk.text.size();
}

void MultipartReader::read_boundary(std::string_view rest) {
  if (is_after_bare_line_feed_) return refuse("a multipart line ends without CR");
  if (boundaries_ > 0 && !part_.has_content) return refuse("a part without content");
  if (boundaries_ > 0) unmatched_ = '2';
  const bool is_last = rest.starts_with("--");
  if (is_last) rest.remove_prefix(2);
  if (rest != "\r\n") return refuse("something behind a boundary");
  ++boundaries_;
  finish_part();
  state_ = is_last ? State::after : State::fields;
  if (!is_last) start_part();
}

// The last boundary may lack its line end.
void MultipartReader::read_end() {
  const std::string_view rest = body_.substr(at_);
  const bool is_last = rest.size() == delimiter_.size() + 2 && rest.starts_with(delimiter_) && rest.ends_with("--");
  if (!is_last || !is_at_line_start_ || boundaries_ == 0) return refuse("the last multipart boundary is missing");
  if (is_after_bare_line_feed_) return refuse("a multipart line ends without CR");
  if (!part_.has_content) return refuse("a part without content");
  finish_part();
  at_ = body_.size();
  state_ = State::after;
}

void MultipartReader::read_data(Chunk chunk) {
  if (state_ == State::before) return refuse("data before the first multipart boundary");
  if (state_ == State::fields) return read_field(chunk.text);
  read_content(chunk.text);
}

void MultipartReader::read_field(std::string_view line) {
  if (!line.ends_with("\r\n") || line.size() == buffer_size) return refuse("a line of a part's head is malformed");
  if (line.size() == 2) {
    read_disposition();
    state_ = State::content;
    return;
  }
  const std::size_t colon = line.find(':');
  if (is_space(line.front()) || line.find('\0') != npos || colon == npos || colon == 0)
    return refuse("a line of a part's head is malformed or folded");
  const std::string_view name = line.substr(0, colon);
  if (part_.field_count == most_fields || is_known_field(name))
    return refuse("a field of a part's head is there twice");
  add_field(line, name);
}

// With the line end, as the library keeps it. Its name will be the part's.
void MultipartReader::add_field(std::string_view line, std::string_view name) {
  ++part_.field_count;
  values_.part_headers_.push_back({{}, line});
  if (!equals_lowered(name, "content-disposition")) return;
  const std::string_view value = line.substr(name.size() + 1);
  part_.disposition = without_line_ends(value.substr(std::min(value.find_first_not_of("\t "), value.size())));
}

bool MultipartReader::is_known_field(std::string_view name) const {
  for (std::size_t i = part_.first_field; i < values_.part_headers_.size(); ++i) {
    const std::string_view known = values_.part_headers_[i].value;
    if (equals_in_any_case(known.substr(0, known.find(':')), name)) return true;
  }
  return false;
}

void MultipartReader::read_disposition() {
  extended_filename_ = {};
  DispositionReader reader(part_.disposition);
  do {
    const std::optional<Parameter> parameter = reader.next();
    if (!parameter) return refuse("a Content-Disposition is malformed");
    take(*parameter);
  } while (!reader.is_at_end() && doubt_.empty());
  if (part_.name.empty()) return refuse("a part without a name");
  if (part_.filename.empty() && !extended_filename_.empty()) return refuse("a part with filename* only");
  // Written apart ("filename ="), the library does not trust it.
  if (!part_.filename.empty() && part_.disposition.find("filename=") == npos)
    return refuse("a Content-Disposition is malformed");
}

// The same parameter again is refused unless it was empty before.
void MultipartReader::take(const Parameter& parameter) {
  const std::string_view value = unescaped(parameter);
  std::string_view* known = &extended_filename_;
  if (parameter.name == Parameter::Name::name) {
    values_.multipart_names_.push_back({value, value});
    known = &part_.name;
  } else if (parameter.name == Parameter::Name::filename) {
    values_.multipart_filenames_.push_back({value, value});
    known = &part_.filename;
  }
  if (!known->empty()) return refuse("a parameter of a Content-Disposition is there twice");
  *known = value;
}

std::string_view MultipartReader::unescaped(const Parameter& parameter) {
  if (!parameter.has_escapes) return parameter.value;
  char* end = values_.arena_.reserve(parameter.value.size());
  for (std::size_t i = 0; i < parameter.value.size(); ++i) {
    const std::string_view pair = parameter.value.substr(i, 2);
    if (pair == "\\\"" || pair == "\\\\") ++i;
    *end++ = parameter.value[i];
  }
  return values_.arena_.commit(end);
}

// Of a value that is no file, the library drops every line end, not only the last.
void MultipartReader::read_content(std::string_view text) {
  const std::size_t line_end = line_end_of(text);
  const std::string_view content = text.substr(0, text.size() - line_end);
  part_.has_content = true;
  part_.size += part_.line_end + content.size();
  part_.line_end = line_end;
  if (!part_.filename.empty() || content.empty()) return;
  if (part_.value.empty() && !part_.is_in_pieces) {
    part_.value = content;
    return;
  }
  if (!part_.is_in_pieces) values_.part_value_.assign(part_.value);
  part_.is_in_pieces = true;
  values_.part_value_.append(content);
}

void MultipartReader::start_part() {
  part_ = {};
  part_.first_field = values_.part_headers_.size();
}

void MultipartReader::finish_part() {
  if (part_.name.empty()) return;
  for (std::size_t i = part_.first_field; i < values_.part_headers_.size(); ++i)
    values_.part_headers_[i].name = part_.name;
  if (!part_.filename.empty()) return finish_file();
  if (part_.is_in_pieces) part_.value = values_.arena_.copy(values_.part_value_);
  values_.arguments_.add(part_.name, part_.value);
}

void MultipartReader::finish_file() {
  file_bytes_ += part_.size;
  values_.files_.push_back({part_.name, part_.filename});
  values_.files_names_.push_back({part_.name, part_.name});
  values_.files_sizes_.push_back({part_.name, values_.arena_.copy(part_.size)});
  values_.set(Variable::files_combined_size, values_.arena_.copy(file_bytes_));
}

}  // namespace ravelin::waf::plan
