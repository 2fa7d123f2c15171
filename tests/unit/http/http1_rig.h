#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "http/codec.h"
#include "ravelin/function.h"
#include "unit/http/client_rig.h"

namespace ravelin::http::test {

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
