#include "http/http1/head_writer.h"

#include <cassert>
#include <charconv>
#include <cstring>
#include <string>

#include "http/fields.h"

namespace ravelin::http::http1 {

namespace {

// Pen writes into memory that is known to be large enough.
class Pen {
 public:
  explicit Pen(char* start) : start_(start), to_(start) {}

  void put(std::string_view text) {
    std::memcpy(to_, text.data(), text.size());
    to_ += text.size();
  }
  void put(std::uint64_t number) { to_ = std::to_chars(to_, to_ + 20, number).ptr; }
  void put_field(const Field& field) {
    assert(is_lower_token(field.name) && is_field_value(field.value));  // HeaderList's invariant
    put(field.name);
    put(": ");
    put(field.value);
    put("\r\n");
  }
  std::size_t written() const { return static_cast<std::size_t>(to_ - start_); }

 private:
  char* start_;
  char* to_;
};

// What the lines that are not fields need at most: status line or version, framing and connection lines.
constexpr std::size_t most_besides = 192;

std::size_t most_of(const HeaderList& fields) {
  std::size_t size = 0;
  for (const Field& field : fields) size += field.name.size() + field.value.size() + 4;
  return size;
}

// Lets `write` fill `most` bytes at the end of `out`: in place, but for heads larger than a block.
template <class Write>
void write_at_end(Chain& out, std::size_t most, Write write) {
  if (most <= Block::size) {
    Pen pen(reinterpret_cast<char*>(out.reserve(most).data()));
    write(pen);
    out.commit(pen.written());
    return;
  }
  std::string text(most, '\0');
  Pen pen(text.data());
  write(pen);
  out.append(std::string_view(text).substr(0, pen.written()));
}

// With a pen of its own, which no byte that is written can be a part of: its place stays in a register.
void put_fields(Pen& pen, const HeaderList& fields) {
  Pen own = pen;
  for (const Field& field : fields)
    if (!is_owned(field.name)) own.put_field(field);
  pen = own;
}

void put_framing(Pen& pen, const Framed& framed) {
  switch (framed.coding) {
    case Coding::announced:
    case Coding::sized:
      pen.put("content-length: ");
      pen.put(framed.size);
      pen.put("\r\n");
      break;
    case Coding::chunked: pen.put("transfer-encoding: chunked\r\n"); break;
    case Coding::absent:
    case Coding::until_close: break;
  }
}

void put_persist(Pen& pen, Persist persist) {
  if (persist == Persist::close) pen.put("connection: close\r\n");
  if (persist == Persist::keep_alive) pen.put("connection: keep-alive\r\n");
}

void put_upgrade(Pen& pen, std::string_view protocol) {
  if (protocol.empty()) return;
  pen.put("connection: upgrade\r\nupgrade: ");
  pen.put(protocol);
  pen.put("\r\n");
}

}  // namespace

void write_request_head(Chain& out, const RequestHead& head, const Framed& framed) {
  const Target target = head.upstream_target();
  const HeaderList& fields = head.upstream_fields();
  const std::size_t line = head.method.size() + target.path.size() + target.query.size() + head.authority.size();
  write_at_end(out, most_of(fields) + line + head.protocol.size() + most_besides, [&](Pen& pen) {
    pen.put(head.method);
    pen.put(" ");
    pen.put(target.path);
    if (target.has_query) {
      pen.put("?");
      pen.put(target.query);
    }
    pen.put(" HTTP/1.1\r\nhost: ");
    pen.put(head.authority);
    pen.put("\r\n");
    put_fields(pen, fields);
    if (head.expects_continue) pen.put("expect: 100-continue\r\n");
    put_framing(pen, framed);
    put_upgrade(pen, head.protocol);
    pen.put("\r\n");
  });
}

void write_response_head(Chain& out, const ResponseHead& head, const Framed& framed, Persist persist) {
  assert(head.status >= 100 && head.status <= 999);
  write_at_end(out, most_of(head.fields) + most_besides, [&](Pen& pen) {
    pen.put("HTTP/1.1 ");
    pen.put(static_cast<std::uint64_t>(head.status));
    pen.put(" ");
    pen.put(reason_phrase(head.status));
    pen.put("\r\n");
    put_fields(pen, head.fields);
    put_framing(pen, framed);
    put_persist(pen, persist);
    pen.put("\r\n");
  });
}

void write_switch_head(Chain& out, const ResponseHead& head, std::string_view protocol) {
  write_at_end(out, most_of(head.fields) + protocol.size() + most_besides, [&](Pen& pen) {
    pen.put("HTTP/1.1 101 Switching Protocols\r\n");
    put_fields(pen, head.fields);
    put_upgrade(pen, protocol);
    pen.put("\r\n");
  });
}

void write_trailers(Chain& out, const HeaderList& trailers) {
  write_at_end(out, most_of(trailers), [&](Pen& pen) {
    for (const Field& field : trailers)
      if (may_be_trailer(field.name) && !is_odd_name(field.name)) pen.put_field(field);
  });
}

// RFC 9110 section 15, RFC 6585, RFC 8297.
std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 103: return "Early Hints";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 425: return "Too Early";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 508: return "Loop Detected";
    default: return "";
  }
}

}  // namespace ravelin::http::http1
