#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "http/codec.h"

namespace ravelin::http::test {

/// A slice of a fresh block that holds `text` (at most one block).
inline Slice slice_of(BlockPool& pool, std::string_view text) {
  Block& block = pool.take();
  Slice slice(block, 0, text.size());
  text.copy(reinterpret_cast<char*>(block.data()), text.size());
  return slice;
}

inline std::string joined(const HeaderList& fields) {
  std::string text;
  for (const Field& field : fields) text.append(field.name).append("=").append(field.value).append(";");
  return text;
}

inline std::string describe(BodyKind kind, std::uint64_t size) {
  switch (kind) {
    case BodyKind::none: return "none";
    case BodyKind::sized: return "sized " + std::to_string(size);
    case BodyKind::streamed: return "streamed";
    case BodyKind::until_close: return "until_close";
  }
  return "";
}

/// Owner takes a stream's events down. Consumes what it gets at once, unless told to keep its credit.
class Owner : public StreamEvents {
 public:
  void on_response_head(std::unique_ptr<ResponseHead> head) override {
    log.append(std::to_string(head->status)).append(" ").append(describe(head->body, head->body_size));
    log.append(" ").append(joined(head->fields)).append("|");
    response = std::move(head);
    tell("head");
  }
  void on_body(Slice bytes) override {
    if (first_body == nullptr) first_body = bytes.data();
    body.append(bytes.text());
    ++pieces;
    owed += bytes.size();
    most_owed = std::max(most_owed, owed);
    if (!keeps_credit) stream.consume(std::exchange(owed, 0));
    tell("body");
  }
  void on_trailers(HeaderList& list) override {
    trailers = &list;
    log.append("trailers ").append(joined(list)).append("|");
    tell("trailers");
  }
  void on_end() override {
    is_ended = true;
    log.append("end|");
    tell("end");
  }
  void on_sent(std::size_t bytes) override {
    sent += bytes;
    tell("sent");
  }
  void on_closed() override {
    is_closed = true;
    log.append("closed|");
    tell("closed");
  }
  void on_reset(const Error& reset) override {
    error = reset;
    is_reset = true;
    log.append("reset ").append(reset.code).append("|");
    tell("reset");
  }
  bool is_gone() const { return is_closed || is_reset; }

  /// Called at the end of every event, with its name.
  std::function<void(std::string_view)> at_event;
  Stream stream;
  std::unique_ptr<RequestHead> request;
  std::unique_ptr<ResponseHead> response;
  HeaderList* trailers = nullptr;
  std::string log;
  std::string body;
  const std::byte* first_body = nullptr;
  Error error;
  std::size_t sent = 0;
  std::size_t pieces = 0;
  std::size_t owed = 0;
  std::size_t most_owed = 0;
  bool keeps_credit = false;
  bool is_ended = false;
  bool is_closed = false;
  bool is_reset = false;

 private:
  void tell(std::string_view event) {
    if (at_event) at_event(event);
  }
};

/// ClientRig is a client codec and the owners of its streams.
class ClientRig : public CodecEvents {
 public:
  using Make = std::unique_ptr<Codec> (*)(CodecEvents&, BlockPool&, const Limits&);
  explicit ClientRig(Limits of = {}, Make make = make_http1_client) : limits(of), codec(make(*this, pool, limits)) {}
  ~ClientRig() override {
    out.clear();
    codec->abort(Error{"test:over", "", Side::local});
    codec.reset();
  }

  StreamEvents* on_request(Stream, std::unique_ptr<RequestHead>) override { return nullptr; }
  StreamEvents* on_bad_request(Stream, std::unique_ptr<RequestHead>, const Error&) override { return nullptr; }
  void on_wake() override { ++wakes; }

  Owner& open() {
    owners.push_back(std::make_unique<Owner>());
    owners.back()->stream = codec->open(*owners.back());
    return *owners.back();
  }
  /// Opens a stream and sends a request without a body.
  Owner& request(std::string_view method = "GET") {
    Owner& owner = open();
    send_head(owner, method, BodyKind::none);
    sent_text += take_output();
    return owner;
  }
  static void send_head(Owner& owner, std::string_view method, BodyKind body, std::uint64_t size = 0) {
    RequestHead head;
    head.method = method;
    head.scheme = "http";
    head.authority = head.host = "origin";
    head.path = "/";
    head.body = body;
    head.body_size = size;
    owner.stream.send_head(head, body == BodyKind::none);
  }
  void send(Owner& owner, std::string_view text, bool is_end) {
    Chain bytes(pool);
    bytes.append(text);
    owner.stream.send_body(std::move(bytes), is_end);
  }
  Result<void> receive(std::string_view text, std::size_t piece = std::size_t{1} << 14) {
    while (!text.empty() && !codec->wants_close()) {
      const std::string_view part = text.substr(0, piece);
      text.remove_prefix(part.size());
      if (auto received = codec->receive(slice_of(pool, part)); !received) return received;
    }
    return {};
  }
  std::string take_output() {
    while (codec->produce(out, 1 << 14)) {
    }
    std::string text = out.to_string();
    out.clear();
    return text;
  }

  BlockPool pool;
  Limits limits;
  std::unique_ptr<Codec> codec;
  Chain out{pool};
  std::vector<std::unique_ptr<Owner>> owners;
  std::string sent_text;
  std::size_t wakes = 0;
};

}  // namespace ravelin::http::test
