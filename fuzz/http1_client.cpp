#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/buffer.h"
#include "http/codec.h"
#include "http/fields.h"

// The client role of HTTP/1.1 against an origin that answers with the input. It comes to the same in
// whatever pieces it arrives; the fields let through keep their invariants; the credit law holds. Every
// reuse of the connection sends another request.

namespace {

using namespace ravelin;        // NOLINT: one file, one program
using namespace ravelin::http;  // NOLINT

constexpr std::size_t window = 700;

void require(bool is_true) {
  if (!is_true) std::abort();
}

struct Client : CodecEvents, StreamEvents {
  explicit Client(bool uses_head) : method(uses_head ? "HEAD" : "GET") {
    limits.head = 512;
    limits.fields = 12;
    limits.window = window;
    codec = make_http1_client(*this, pool, limits);
  }
  ~Client() override { out.clear(); }

  StreamEvents* on_request(Stream, std::unique_ptr<RequestHead>) override { std::abort(); }
  StreamEvents* on_bad_request(Stream, std::unique_ptr<RequestHead>, const Error&) override { std::abort(); }
  void on_wake() override {}

  void on_response_head(std::unique_ptr<ResponseHead> head) override {
    require(is_running && !has_final && head->status >= 100 && head->status <= 599 && head->status != 101);
    has_final = head->status >= 200;
    log.append("h ").append(std::to_string(head->status)).append("\n");
    for (const Field& field : head->fields) {
      require(is_lower_token(field.name) && !is_owned(field.name) && is_field_value(field.value));
      log.append(field.name).append("=").append(field.value).append("\n");
    }
    if (has_final) response = std::move(head);
  }
  void on_body(Slice bytes) override {
    require(has_final && !has_ended && method != "HEAD");
    owed += bytes.size();
    require(owed <= window);
    body.append(bytes.text());
  }
  void on_trailers(HeaderList& trailers) override {
    for (const Field& field : trailers) {
      require(may_be_trailer(field.name));
      log.append("t ").append(field.name).append("=").append(field.value).append("\n");
    }
  }
  void on_end() override {
    require(has_final && !has_ended);
    has_ended = true;
    if (response->body == BodyKind::sized && method != "HEAD" && response->status != 304)
      require(body.size() == response->body_size);
  }
  void on_sent(std::size_t) override { std::abort(); }
  void on_closed() override {
    require(has_ended);
    finish("closed");
  }
  void on_reset(const Error& error) override {
    require(error.side == Side::upstream && error.status == 502);
    finish(error.code);
  }
  void finish(std::string_view how) {
    require(is_running);
    is_running = false;
    log.append("b ").append(body).append("\n").append(how).append("\n");
  }

  void send_next() {
    if (is_running || !codec->may_open()) return;
    is_running = true;
    has_final = has_ended = false;
    body.clear();
    stream = codec->open(*this);
    RequestHead head;
    head.method = method;
    head.authority = "o";
    head.path = "/";
    stream.send_head(head, true);
    while (codec->produce(out, 1024)) {
    }
    out.clear();
  }

  BlockPool pool;
  Limits limits;
  std::string_view method;
  std::string log;
  std::unique_ptr<ResponseHead> response;
  std::string body;
  Stream stream;
  std::size_t owed = 0;
  bool is_running = false;
  bool has_final = false;
  bool has_ended = false;
  Chain out{pool};
  std::unique_ptr<Codec> codec;
};

Slice in_block(BlockPool& pool, std::string_view text) {
  Block& block = pool.take();
  text.copy(reinterpret_cast<char*>(block.data()), text.size());
  return Slice(block, 0, text.size());
}

// Pieces never span two responses unless the origin sends without being asked, which ends the
// connection either way: so reuse is left out when the pieces are to make no difference.
template <class NextSize>
std::string run(std::string_view input, bool uses_head, bool reuses, NextSize next_size) {
  Client client(uses_head);
  const Slice all = in_block(client.pool, input);
  client.send_next();
  while (!input.empty() && !client.codec->wants_close()) {
    if (!client.is_running && !reuses) break;
    client.send_next();
    const std::size_t size = std::min({next_size(), client.codec->read_budget(), input.size()});
    require(size > 0);
    Slice slice = all.part(all.size() - input.size(), size);
    input.remove_prefix(size);
    if (!client.codec->receive(std::move(slice))) require(client.codec->wants_close() && !client.is_running);
    client.stream.consume(std::exchange(client.owed, 0));
  }
  client.codec->receive_end();
  require(client.codec->wants_close() && !client.is_running);
  return client.log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4 || size > Block::size) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 4, size - 4);
  const bool uses_head = (data[0] & 1) != 0;
  std::size_t turn = 0;
  const auto by_data = [&] { return std::size_t{1} + data[turn++ % 4]; };
  const std::string whole = run(input, uses_head, false, [] { return std::size_t{700}; });
  require(run(input, uses_head, false, by_data) == whole);
  if (size < 2048) require(run(input, uses_head, false, [] { return std::size_t{1}; }) == whole);
  static_cast<void>(run(input, uses_head, true, by_data));
  return 0;
}
