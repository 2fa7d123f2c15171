#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "modules/waf/plan/collect.h"
#include "modules/waf/plan/multipart.h"

namespace ravelin::waf::plan {

/// MultipartReader adds the parts of one multipart body to Values, line by line as libmodsecurity 3.0.9 reads
/// it (RFC 7578, with the library's ideas of lines, boundaries and values).
class MultipartReader {
 public:
  MultipartReader(Values& values, std::string_view body, std::string_view boundary);

  /// Why the body is the library's, or empty. Anything that it would flag is such a reason, but for an
  /// unmatched boundary.
  std::string_view read();

 private:
  enum class State : std::uint8_t { before, fields, content, after };

  /// Chunk is what the library has in its buffer at once: a line, or a part of a long one.
  struct Chunk {
    std::string_view text;
    bool is_at_line_start = false;
  };

  struct Part {
    std::string_view name;
    std::string_view filename;
    std::string_view disposition;
    std::string_view value;     // without line ends, if in one piece
    bool is_in_pieces = false;  // then it is in Values::part_value_
    bool has_content = false;   // at least one chunk, even an empty line
    std::size_t size = 0;       // of a file, without the last line end so far
    std::size_t line_end = 0;   // bytes of that
    std::size_t field_count = 0;
    std::size_t first_field = 0;  // in Values::part_headers_
  };

  std::size_t chunk_size() const;
  void read_chunk(Chunk chunk);
  bool has_delimiter(Chunk chunk);
  void read_boundary(std::string_view rest);
  void read_end();
  void read_data(Chunk chunk);
  void read_field(std::string_view line);
  void add_field(std::string_view line, std::string_view name);
  bool is_known_field(std::string_view name) const;
  void read_disposition();
  void take(const Parameter& parameter);
  void read_content(std::string_view text);
  void start_part();
  void finish_part();
  void finish_file();
  void refuse(std::string_view why) { doubt_ = doubt_.empty() ? why : doubt_; }
  std::string_view unescaped(const Parameter& parameter);

  Values& values_;
  std::string_view body_;
  std::string_view delimiter_;  // "--" and the boundary
  std::size_t at_ = 0;
  std::size_t next_delimiter_ = 0;  // where it occurs next, at or behind at_
  State state_ = State::before;
  bool is_at_line_start_ = true;
  bool is_after_bare_line_feed_ = false;
  std::size_t boundaries_ = 0;
  char unmatched_ = '0';  // MULTIPART_UNMATCHED_BOUNDARY
  std::size_t file_bytes_ = 0;
  std::string_view extended_filename_;
  Part part_;
  std::string_view doubt_;
};

}  // namespace ravelin::waf::plan
