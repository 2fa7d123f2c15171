#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "http/codec.h"
#include "http/fields.h"
#include "http/normalize.h"

// The server role of HTTP/1.1. What a client sends comes to the same, whole, split by the first bytes
// of the input, and byte by byte; what is let in keeps the invariants of RequestHead; the credit law
// holds.

namespace {

using namespace ravelin;        // NOLINT: one file, one program
using namespace ravelin::http;  // NOLINT

void require(bool is_true) {
  if (!is_true) std::abort();
}

void require_canonical(const RequestHead& head) {
  require(is_token(head.method) && head.method != "CONNECT" && head.method != "TRACE");
  RequestHead again;
  again.method = head.method;
  again.scheme = head.scheme;
  const bool is_nobodys = head.version == Version::http10 && head.authority.empty() && head.host.empty();
  require(is_nobodys || (set_authority(again, head.authority).is_ok() && again.authority == head.authority &&
                         again.host == head.host));
  require(set_path(again, head.path).is_ok() && again.path == head.path);
  for (const Field& field : head.fields) {
    require(is_lower_token(field.name) && !is_owned(field.name) && !is_odd_name(field.name));
    require(is_field_value(field.value) && trim(field.value) == field.value);
  }
}

struct Exchange : StreamEvents {
  explicit Exchange(std::string& of) : log(of) {}
  void on_response_head(std::unique_ptr<ResponseHead>) override { std::abort(); }
  void on_body(Slice bytes) override {
    require(!is_over && !bytes.is_empty());
    body.append(bytes.text());
    owed += bytes.size();
  }
  void on_trailers(HeaderList& trailers) override {
    for (const Field& field : trailers) {
      require(may_be_trailer(field.name) && is_field_value(field.value));
      log.append("t ").append(field.name).append("=").append(field.value).append("\n");
    }
  }
  void on_end() override {
    require(!is_over && !is_ended);
    is_ended = true;
  }
  void on_sent(std::size_t) override { std::abort(); }
  void on_closed() override { finish("closed"); }
  void on_reset(const Error& error) override { finish(error.code); }
  void finish(std::string_view how) {
    require(!is_over);
    is_over = true;
    log.append("b ").append(body).append("\n").append(how).append("\n");
  }

  std::string& log;
  std::unique_ptr<RequestHead> request;
  Stream stream;
  std::string body;
  std::size_t owed = 0;
  bool is_ended = false;
  bool is_answered = false;
  bool is_over = false;
};

struct Server : CodecEvents {
  Server() {
    limits.head = 512;
    limits.uri = 128;
    limits.fields = 12;
    limits.window = 700;
    codec = make_http1_server(*this, pool, limits, "http");
  }
  ~Server() override { out.clear(); }

  StreamEvents* on_request(Stream stream, std::unique_ptr<RequestHead> head) override {
    require_canonical(*head);
    log.append("r ").append(head->method).append(" ").append(head->authority).append(head->path);
    log.append(head->has_query ? "?" : "").append(head->query).append("\n");
    for (const Field& field : head->fields) log.append(field.name).append("=").append(field.value).append("\n");
    return add(stream, std::move(head));
  }
  StreamEvents* on_bad_request(Stream stream, std::unique_ptr<RequestHead> head, const Error& error) override {
    require(error.status >= 400 && error.status < 600 && error.side == Side::client && head->fields.is_empty());
    log.append("bad ").append(error.code).append("\n");
    return add(stream, std::move(head));
  }
  void on_wake() override {}
  StreamEvents* add(Stream stream, std::unique_ptr<RequestHead> head) {
    exchanges.push_back(std::make_unique<Exchange>(log));
    exchanges.back()->stream = stream;
    exchanges.back()->request = std::move(head);
    return exchanges.back().get();
  }

  // What a flow does: gives credit back, answers what is whole.
  void work() {
    for (std::size_t i = 0; i < exchanges.size(); ++i) {
      Exchange& one = *exchanges[i];
      require(one.owed <= limits.window);
      one.stream.consume(std::exchange(one.owed, 0));
      if (one.is_ended && !one.is_answered && !one.is_over) {
        one.is_answered = true;
        ResponseHead head;
        head.status = 200;
        one.stream.send_head(head, true);
      }
      while (codec->produce(out, 1024)) {
      }
      out.clear();
    }
  }

  BlockPool pool;
  Limits limits;
  std::string log;
  std::vector<std::unique_ptr<Exchange>> exchanges;
  Chain out{pool};
  std::unique_ptr<Codec> codec;
};

Slice in_block(BlockPool& pool, std::string_view text) {
  Block& block = pool.take();
  text.copy(reinterpret_cast<char*>(block.data()), text.size());
  return Slice(block, 0, text.size());
}

template <class NextSize>
std::string run(std::string_view input, NextSize next_size) {
  Server server;
  const Slice all = in_block(server.pool, input);
  while (!input.empty() && !server.codec->wants_close()) {
    const std::size_t budget = server.codec->read_budget();
    require(budget > 0);  // everything is consumed and answered: nothing may stand still
    const std::size_t size = std::min({next_size(), budget, input.size()});
    Slice slice = all.part(all.size() - input.size(), size);
    input.remove_prefix(size);
    const bool is_good = server.codec->receive(std::move(slice)).is_ok();
    server.work();
    require(is_good || server.codec->wants_close());
  }
  server.codec->receive_end();
  server.work();
  require(server.codec->wants_close() && server.codec->streams() == 0);
  return server.log;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 4 || size > Block::size) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 4, size - 4);
  const std::string whole = run(input, [] { return std::size_t{700}; });
  std::size_t turn = 0;
  require(run(input, [&] { return std::size_t{1} + data[turn++ % 4]; }) == whole);
  if (size < 2048) require(run(input, [] { return std::size_t{1}; }) == whole);
  return 0;
}
