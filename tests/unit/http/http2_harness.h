#pragma once

#include <algorithm>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "http/codec.h"
#include "support/frames.h"

namespace ravelin::http {

/// Exchange is the owner of one stream in a test: it writes down what it is told.
class Exchange final : public StreamEvents {
 public:
  Exchange(Stream of, std::unique_ptr<RequestHead> request, const Error* refusal)
      : stream(of),
        head(std::move(request)),
        status(refusal != nullptr ? refusal->status : 0),
        code(refusal != nullptr ? refusal->code : std::string_view()) {
    log = refusal != nullptr ? "refused " + std::string(code)
                             : "request " + std::string(head->method) + " " + std::string(head->path);
  }

  void on_response_head(std::unique_ptr<ResponseHead>) override { log += "|response?"; }
  void on_body(Slice bytes) override {
    body += bytes.text();
    held += bytes.size();
    const std::byte* const end = input->data() + input->size();
    if (bytes.data() >= input->data() && bytes.data() + bytes.size() <= end) ++zero_copy_pieces;
    ++pieces;
    if (is_consuming) give_credit(bytes.size());
    tell("body");
  }
  void on_trailers(HeaderList& fields) override {
    log += "|trailers";
    for (const Field& field : fields) log += " " + std::string(field.name) + "=" + std::string(field.value);
  }
  void on_end() override {
    log += "|end " + std::to_string(body.size());
    tell("end");
  }
  void on_sent(std::size_t bytes) override {
    sent += bytes;
    tell("sent");
  }
  void on_closed() override {
    log += "|closed";
    ++endings;
  }
  void on_reset(const Error& error) override {
    log += "|reset " + std::string(error.code);
    ++endings;
  }

  void give_credit(std::size_t bytes) {
    held -= bytes;
    stream.consume(bytes);
  }
  /// Answers with a status and a body.
  void answer(int with, std::string_view text = {}) {
    ResponseHead response;
    response.status = with;
    response.body = text.empty() ? BodyKind::none : BodyKind::sized;
    response.body_size = text.size();
    response.fields.add("content-type", "text/plain");
    stream.send_head(response, text.empty());
    if (!text.empty()) send(text, true);
  }
  void start(int with) {
    ResponseHead response;
    response.status = with;
    response.body = BodyKind::streamed;
    stream.send_head(response, false);
  }
  void send(std::string_view text, bool is_end) {
    Chain bytes(*pool);
    bytes.append(text);
    stream.send_body(std::move(bytes), is_end);
  }
  bool is_over() const { return endings > 0; }
  std::string field(std::string_view name) const { return std::string(head->fields.find(name).value_or("(none)")); }

  /// Called at the end of the events on the way of a stream, with their names.
  std::function<void(std::string_view)> at_event;
  Stream stream;
  std::unique_ptr<RequestHead> head;
  BlockPool* pool = nullptr;
  int status;
  std::string_view code;
  std::string log;
  std::string body;
  std::size_t held = 0;  // delivered, not consumed
  std::size_t sent = 0;
  std::size_t pieces = 0;
  std::size_t zero_copy_pieces = 0;
  const std::span<const std::byte>* input = nullptr;  // what the codec receives now
  int endings = 0;
  bool is_consuming = true;

 private:
  void tell(std::string_view event) {
    if (at_event) at_event(event);
  }
};

/// Http2Harness is a connection with a server codec, fed with bytes by hand.
class Http2Harness : public CodecEvents {
 public:
  explicit Http2Harness(const Limits& limits = {}, std::string_view scheme = "https")
      : codec(make_http2_server(*this, pool, limits, scheme)) {}
  ~Http2Harness() override { codec->abort({"test:end", "the test is over", Side::local}); }

  StreamEvents* on_request(Stream stream, std::unique_ptr<RequestHead> head) override {
    return add(stream, std::move(head), nullptr);
  }
  StreamEvents* on_bad_request(Stream stream, std::unique_ptr<RequestHead> head, const Error& error) override {
    return add(stream, std::move(head), &error);
  }
  void on_wake() override { ++wakes; }

  /// Lets the codec receive `bytes`, in pieces of at most `piece`, and then produce all it has.
  Result<void> receive(std::string_view bytes, std::size_t piece = 16384) {
    Result<void> result;
    while (!bytes.empty() && result) {
      const std::size_t size = std::min({piece, bytes.size(), Block::size});
      Block& block = pool.take();
      std::memcpy(block.data(), bytes.data(), size);
      Slice slice(block, 0, size);
      input = slice.bytes();
      result = codec->receive(std::move(slice));
      bytes.remove_prefix(size);
      if (is_producing) produce();
    }
    if (!result) failure = result.error().code;
    return result;
  }
  /// All that may go on the wire now.
  void produce(std::size_t budget = 1 << 20) {
    Chain out(pool);
    codec->produce(out, budget);
    output += out.to_string();
  }

  std::vector<frames::Frame> sent() const { return frames::parse(output); }
  std::vector<frames::Frame> sent(int type) const {
    std::vector<frames::Frame> found = sent();
    found.erase(std::remove_if(found.begin(), found.end(), [&](const auto& frame) { return frame.type != type; }),
                found.end());
    return found;
  }
  /// The error code of the last frame of this type, or -1.
  std::int64_t last_code(int type) const {
    const auto found = sent(type);
    return found.empty() ? -1 : static_cast<std::int64_t>(found.back().code());
  }
  /// Everything the owners were told, one line each.
  std::string log() const {
    std::string lines;
    for (const auto& exchange : exchanges) lines += exchange->log + "\n";
    return lines;
  }
  std::size_t running() const {
    return static_cast<std::size_t>(
        std::count_if(exchanges.begin(), exchanges.end(), [](const auto& exchange) { return !exchange->is_over(); }));
  }
  Exchange& operator[](std::size_t index) { return *exchanges.at(index); }

  BlockPool pool;
  std::unique_ptr<Codec> codec;
  std::vector<std::unique_ptr<Exchange>> exchanges;
  std::function<void(Exchange&)> at_request = [](Exchange&) {};
  std::span<const std::byte> input;
  std::string output;
  std::string failure;
  std::size_t most_running = 0;
  int wakes = 0;
  bool is_producing = true;

 private:
  StreamEvents* add(Stream stream, std::unique_ptr<RequestHead> head, const Error* error) {
    exchanges.push_back(std::make_unique<Exchange>(stream, std::move(head), error));
    exchanges.back()->pool = &pool;
    exchanges.back()->input = &input;
    most_running = std::max(most_running, running());
    at_request(*exchanges.back());
    return exchanges.back().get();
  }
};

}  // namespace ravelin::http
