// Any split of the same bytes gives the same events, for each of the four codecs. Input: the codec, how many
// lengths of pieces follow, the lengths (used in turn), then the bytes. Pieces of a body are joined; all else
// is told in the same order. What is not whole differs in one way: of a body that breaks off, one side may
// have seen more, so it must begin as the other does.

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "http/codec.h"
#include "strict_http1.h"

namespace {

using namespace ravelin;
using namespace ravelin::http;
using ravelin::fuzz::require;

enum Kind : std::uint8_t { http1_server, http1_client, http2_server, http2_client, kinds };

constexpr std::string_view preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0", 33);
constexpr std::string_view greeting("\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0", 18);
constexpr std::uint8_t without_beginning = 0x80;

/// Told is what the owner of one stream heard.
class Told final : public StreamEvents {
 public:
  void on_response_head(std::unique_ptr<ResponseHead> head) override {
    story.append("\nhead ").append(std::to_string(head->status));
    add(head->fields);
    heads.push_back(std::move(head));
  }
  void on_body(Slice bytes) override {
    body += bytes.text();
    owed += bytes.size();
  }
  void on_trailers(HeaderList& trailers) override {
    story += "\ntrailers";
    add(trailers);
  }
  void on_end() override {
    story += "\nend of " + std::to_string(body.size());
    is_whole = true;
    if (!answers) return;
    ResponseHead answer;
    answer.status = 200;
    stream.send_head(answer, true);
  }
  void on_sent(std::size_t) override {}
  void on_closed() override { finish("\nclosed"); }
  void on_reset(const Error& error) override { finish("\n" + std::string(error.code)); }
  void add(const HeaderList& fields) {
    for (const Field& field : fields) story.append("\n ").append(field.name).append(": ").append(field.value);
  }

  std::string story, body;
  Stream stream;
  std::size_t owed = 0;
  bool is_whole = false;
  bool is_over = false;
  bool answers = false;
  std::unique_ptr<RequestHead> request;
  std::vector<std::unique_ptr<ResponseHead>> heads;

 private:
  void finish(const std::string& how) {
    require(!is_over, "a stream ends once");
    is_over = true;
    story += how;
  }
};

/// Listener is a codec with the owners of its streams, which take every byte at once. It says nothing but
/// what it has asked before the bytes come, so nothing depends on when it is let speak; but HTTP/1.1 reads
/// no second request before the first is answered.
class Listener final : public CodecEvents {
 public:
  explicit Listener(Kind kind) : kind_(kind) {
    limits_.head = 1024;
    limits_.fields = 16;
    limits_.window = Block::size;
    limits_.streams = 20;
    switch (kind) {
      case http1_server: codec_ = make_http1_server(*this, pool_, limits_, "http"); break;
      case http1_client: codec_ = make_http1_client(*this, pool_, limits_); break;
      case http2_server: codec_ = make_http2_server(*this, pool_, limits_, "https"); break;
      default: codec_ = make_http2_client(*this, pool_, limits_);
    }
    if (kind == http1_client || kind == http2_client) ask(kind == http2_client ? 5 : 1);
    produce();
  }
  ~Listener() override { codec_->abort({"test:over", "the input is over", Side::local}); }

  template <class NextSize>
  void hear(std::string_view bytes, NextSize next_size) {
    while (!bytes.empty() && !codec_->wants_close()) {
      const std::size_t size = std::min({next_size(), codec_->read_budget(), bytes.size()});
      if (size == 0) break;
      Block& block = pool_.take();
      std::memcpy(block.data(), bytes.data(), size);
      bytes.remove_prefix(size);
      const bool goes_on = codec_->receive(Slice(block, 0, size)).is_ok();
      for (std::size_t i = 0; i < told.size(); ++i) told[i]->stream.consume(std::exchange(told[i]->owed, 0));
      if (kind_ == http1_server) produce();
      if (!goes_on) break;
    }
    codec_->receive_end();
    produce();
  }

  std::vector<std::unique_ptr<Told>> told;

 private:
  StreamEvents* on_request(Stream stream, std::unique_ptr<RequestHead> head) override {
    Told& one = add(stream);
    one.story.append(head->method).append(" ").append(head->scheme).append("://").append(head->authority);
    one.story.append(head->path).append(head->has_query ? "?" : "").append(head->query);
    one.story.append(" ").append(head->protocol).append(head->expects_continue ? " expects" : "");
    one.story.append(" ").append(std::to_string(static_cast<int>(head->body)));
    one.story.append(" ").append(std::to_string(head->body_size));
    one.add(head->fields);
    one.request = std::move(head);
    return &one;
  }
  StreamEvents* on_bad_request(Stream stream, std::unique_ptr<RequestHead> head, const Error& error) override {
    Told& one = add(stream);
    one.story.append("bad ").append(head->method).append(" ").append(error.code).append(std::to_string(error.status));
    one.request = std::move(head);
    return &one;
  }
  void on_wake() override {}

  Told& add(Stream stream) {
    Told& one = *told.emplace_back(std::make_unique<Told>());
    one.stream = stream;
    one.answers = kind_ == http1_server;
    return one;
  }
  void ask(std::size_t times) {
    static constexpr std::array<std::string_view, 3> methods{"GET", "HEAD", "PUT"};
    while (told.size() < times) {
      Told& one = *told.emplace_back(std::make_unique<Told>());
      one.stream = codec_->open(one);
      one.request = std::make_unique<RequestHead>();
      one.request->method = methods[(told.size() - 1) % methods.size()];
      one.request->scheme = "http";
      one.request->authority = one.request->host = "o";
      one.request->path = "/";
      one.stream.send_head(*one.request, true);
    }
  }
  void produce() {
    Chain out(pool_);
    while (codec_->produce(out, 4096)) out.clear();
  }

  const Kind kind_;
  BlockPool pool_;
  Limits limits_;
  std::unique_ptr<Codec> codec_;
};

void require_same(const Told& a, const Told& b) {
  require(a.is_whole == b.is_whole && a.is_over == b.is_over, "a message is whole either way");
  require(a.story == b.story, "the same events in the same order");
  require(a.is_whole ? a.body == b.body : a.body.starts_with(b.body) || b.body.starts_with(a.body), "the same body");
}

void require_same(const Listener& a, const Listener& b) {
  require(a.told.size() == b.told.size(), "as many streams");
  for (std::size_t i = 0; i < a.told.size(); ++i) require_same(*a.told[i], *b.told[i]);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3 || size > 20'000) return 0;
  const auto kind = static_cast<Kind>(data[0] % kinds);
  const std::size_t count = std::min<std::size_t>(1 + data[1] % 16, size - 2);
  const std::span<const std::uint8_t> lengths(data + 2, count);
  std::string bytes;
  if ((data[0] & without_beginning) == 0) bytes = kind == http2_server ? preface : kind == http2_client ? greeting : "";
  bytes.append(reinterpret_cast<const char*>(data) + 2 + count, size - 2 - count);
  Listener whole(kind), split(kind), single(kind);
  whole.hear(bytes, [] { return Block::size; });
  std::size_t turn = 0;
  split.hear(bytes, [&] { return std::size_t{1} + lengths[turn++ % count]; });
  require_same(whole, split);
  if (bytes.size() > 1500) return 0;
  single.hear(bytes, [] { return std::size_t{1}; });
  require_same(whole, single);
  return 0;
}
