#pragma once

#include <algorithm>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/buffer.h"
#include "http/codec.h"
#include "ravelin/function.h"

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
  }
  void on_body(Slice bytes) override {
    if (first_body == nullptr) first_body = bytes.data();
    body.append(bytes.text());
    ++pieces;
    owed += bytes.size();
    most_owed = std::max(most_owed, owed);
    if (keeps_credit) return;
    stream.consume(std::exchange(owed, 0));
  }
  void on_trailers(HeaderList& list) override {
    trailers = &list;
    log.append("trailers ").append(joined(list)).append("|");
  }
  void on_end() override {
    is_ended = true;
    log.append("end|");
  }
  void on_sent(std::size_t bytes) override { sent += bytes; }
  void on_closed() override {
    is_closed = true;
    log.append("closed|");
  }
  void on_reset(const Error& reset) override {
    error = reset;
    is_reset = true;
    log.append("reset ").append(reset.code).append("|");
  }
  bool is_gone() const { return is_closed || is_reset; }

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
};

/// ServerRig is a server codec with everything around it that a connection would be.
class ServerRig : public CodecEvents {
 public:
  explicit ServerRig(Limits of = {}, std::string_view scheme = "http")
      : limits(of), codec(make_http1_server(*this, pool, limits, scheme)) {}
  ~ServerRig() override {
    out.clear();
    codec->abort(Error{"test:over", "", Side::local});
    codec.reset();
  }

  StreamEvents* on_request(Stream stream, std::unique_ptr<RequestHead> head) override {
    Owner& owner = add(stream, std::move(head));
    if (on_head) on_head(owner);
    return &owner;
  }
  StreamEvents* on_bad_request(Stream stream, std::unique_ptr<RequestHead> head, const Error& error) override {
    Owner& owner = add(stream, std::move(head));
    owner.log = "bad " + std::to_string(error.status) + " " + std::string(error.code) + "|";
    owner.error = error;
    return &owner;
  }
  void on_wake() override { ++wakes; }

  /// Hands `text` over in pieces of `piece` bytes, flushing and answering in between as a turn does.
  Result<void> receive(std::string_view text, std::size_t piece = std::size_t{1} << 14) {
    while (!text.empty() && !codec->wants_close()) {
      const std::string_view part = text.substr(0, piece);
      text.remove_prefix(part.size());
      if (auto received = codec->receive(slice_of(pool, part)); !received) return received;
      if (answers) answer_all();
      flush();
    }
    return {};
  }
  /// Produces all that is ready.
  void flush() {
    while (codec->produce(out, 1 << 14)) {
    }
  }
  /// What has been produced since the last call.
  std::string take_output() {
    flush();
    std::string text = out.to_string();
    out.clear();
    return text;
  }
  /// Answers whole requests with an empty 200, as often as that brings another.
  void answer_all() {
    for (std::size_t i = 0; i < owners.size(); ++i) {
      Owner& owner = *owners[i];
      if (!owner.is_ended || owner.is_gone() || owner.response) continue;
      owner.response = std::make_unique<ResponseHead>();
      owner.response->status = owner.error.status != 0 ? owner.error.status : 200;
      owner.stream.send_head(*owner.response, true);
      flush();
    }
  }
  void respond(Owner& owner, int status, BodyKind kind, std::uint64_t size, bool is_end) {
    owner.response = std::make_unique<ResponseHead>();
    owner.response->status = status;
    owner.response->body = kind;
    owner.response->body_size = size;
    owner.stream.send_head(*owner.response, is_end);
  }
  void send(Owner& owner, std::string_view text, bool is_end) {
    Chain bytes(pool);
    bytes.append(text);
    owner.stream.send_body(std::move(bytes), is_end);
  }
  Owner& last() { return *owners.back(); }

  BlockPool pool;
  Limits limits;
  std::unique_ptr<Codec> codec;
  Chain out{pool};
  std::vector<std::unique_ptr<Owner>> owners;
  Function<void(Owner&)> on_head;
  std::size_t wakes = 0;
  bool answers = false;

 private:
  Owner& add(Stream stream, std::unique_ptr<RequestHead> head) {
    owners.push_back(std::make_unique<Owner>());
    Owner& owner = *owners.back();
    owner.stream = stream;
    owner.request = std::move(head);
    return owner;
  }
};

/// ClientRig is a client codec and the owners of its streams.
class ClientRig : public CodecEvents {
 public:
  explicit ClientRig(Limits of = {}) : limits(of), codec(make_http1_client(*this, pool, limits)) {}
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
    RequestHead head;
    head.method = method;
    head.scheme = "http";
    head.authority = head.host = "origin";
    head.path = "/";
    owner.stream.send_head(head, true);
    sent_text += take_output();
    return owner;
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

/// The request of `owner` as an origin would get it.
inline std::string as_forwarded(Owner& owner) {
  ClientRig client;
  Owner& upstream = client.open();
  const bool is_end = owner.request->body == BodyKind::none;
  upstream.stream.send_head(*owner.request, is_end);
  if (!is_end) {
    Chain bytes(client.pool);
    bytes.append(owner.body);
    const bool has_trailers = owner.trailers != nullptr;
    upstream.stream.send_body(std::move(bytes), !has_trailers);
    if (has_trailers) upstream.stream.send_trailers(*owner.trailers);
  }
  return client.take_output();
}

}  // namespace ravelin::http::test
