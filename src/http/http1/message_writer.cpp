#include "http/http1/message_writer.h"

#include <algorithm>
#include <charconv>
#include <string_view>
#include <utility>

namespace ravelin::http::http1 {

void MessageWriter::begin(const Framed& framed) {
  framed_ = framed;
  added_ = 0;
  state_ = State::body;
}

bool MessageWriter::add(Chain&& bytes) {
  added_ += bytes.size();
  body_.append(std::move(bytes));
  return framed_.coding != Coding::sized || added_ <= framed_.size;
}

bool MessageWriter::end() {
  state_ = head_.is_empty() && body_.is_empty() && framed_.coding != Coding::chunked ? State::done : State::ending;
  return framed_.coding != Coding::sized || added_ == framed_.size;
}

bool MessageWriter::end(const HeaderList& trailers) {
  if (framed_.coding == Coding::chunked) write_trailers(trailers_, trailers);
  return end();
}

std::size_t MessageWriter::produce(Chain& out, std::size_t budget) {
  produce_head(out);
  const std::size_t moved = produce_body(out, budget);
  if (state_ == State::ending && body_.is_empty()) {
    if (framed_.coding == Coding::chunked) {
      out.append(std::string_view("0\r\n"));
      if (!trailers_.is_empty()) out.append(std::move(trailers_));
      out.append(std::string_view("\r\n"));
    }
    state_ = State::done;
  }
  return moved;
}

// A copy, unless it is long: so a short body can follow it in one piece, which costs less to write.
void MessageWriter::produce_head(Chain& out) {
  constexpr std::size_t long_head = 4096;
  if (head_.size() > long_head) return out.append(std::move(head_));
  for (const Slice& text : head_) out.append(text.text());
  head_.clear();
}

std::size_t MessageWriter::produce_body(Chain& out, std::size_t budget) {
  const std::size_t size = std::min(body_.size(), budget);
  if (size == 0) return 0;
  if (!has_body()) {
    body_.consume(size);
    return size;
  }
  if (framed_.coding == Coding::chunked) {
    char line[20];  // 16 digits and CR LF
    char* end = std::to_chars(line, line + 16, size, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    out.append(std::string_view(line, static_cast<std::size_t>(end - line)));
  }
  out.take_from(body_, size);
  if (framed_.coding == Coding::chunked) out.append(std::string_view("\r\n"));
  return size;
}

bool MessageWriter::has_output() const { return !head_.is_empty() || !body_.is_empty() || state_ == State::ending; }

void MessageWriter::restart() {
  head_.clear();
  body_.clear();
  trailers_.clear();
  framed_ = Framed();
  state_ = State::head;
}

}  // namespace ravelin::http::http1
