#include "support/http2_peer.h"

namespace ravelin::testing {

void Http2Message::on_response_head(std::unique_ptr<ResponseHead> head) {
  if (head->status < 200 && head->status != 101) {
    interim.push_back(head->status);
  } else {
    response = std::move(head);
  }
  if (on_news) on_news(*this);
}

void Http2Message::on_body(Slice bytes) {
  body += bytes.text();
  if (!takes_nothing) stream.consume(bytes.size());
  if (on_news) on_news(*this);
}

void Http2Message::on_trailers(HeaderList& list) {
  for (const Field& field : list) trailers.emplace_back(field.name, field.value);
}

void Http2Message::on_reset(const Error& error) {
  is_over = true;
  reset = error.code;
}

Http2Peer::Http2Peer(BlockPool& blocks, End& end, Role role, const http::Limits& limits)
    : blocks_(blocks), end_(end), limits_(limits) {
  codec_ = role == Role::client ? http::make_http2_client(*this, blocks, limits_)
                                : http::make_http2_server(*this, blocks, limits_, "http");
  end.on_input = [this](End& from) { receive(from.take()); };
  flush();
}

Http2Peer::~Http2Peer() {
  end_.on_input = {};
  codec_->abort({"test:over", "the test is over", Side::local});
}

void Http2Peer::receive(std::string_view text) {
  Chain bytes(blocks_);
  bytes.append(text);
  while (!bytes.is_empty()) static_cast<void>(codec_->receive(bytes.pop_front()));
  flush();
}

void Http2Peer::flush() {
  Chain out(blocks_);
  while (codec_->produce(out, 64 * 1024)) {
  }
  std::string text;
  for (; !out.is_empty(); out.consume(out.front().size())) text += out.front().text();
  if (!text.empty()) end_.send(text);
}

Http2Message& Http2Peer::ask(const Ask& ask) {
  Http2Message& message = *messages.emplace_back(std::make_unique<Http2Message>());
  message.request = std::make_unique<RequestHead>();  // a tunnel's is sent when the gateway's SETTINGS are there
  RequestHead& head = *message.request;
  head.version = Version::http2;
  head.method = head.arena.copy(ask.method);
  head.scheme = "http";
  head.authority = head.host = "example.com";
  head.path = head.arena.copy(ask.path);
  head.protocol = head.arena.copy(ask.protocol);
  head.body = ask.has_body ? BodyKind::streamed : BodyKind::none;
  for (const auto& [name, value] : ask.fields) head.fields.add(name, value);
  head.expects_continue = head.fields.has("expect");
  message.stream = codec_->open(message);
  message.stream.send_head(head, !ask.has_body);
  flush();
  return message;
}

void Http2Peer::respond(Http2Message& message, int status, std::string_view body,
                        std::vector<std::pair<std::string, std::string>> fields) {
  send_head(message, status, body.empty(), fields);
  if (!body.empty()) send_body(message, body, true);
}

void Http2Peer::send_head(Http2Message& message, int status, bool is_end,
                          const std::vector<std::pair<std::string, std::string>>& fields) {
  ResponseHead head;
  head.status = status;
  head.body = is_end || status < 200 ? BodyKind::none : BodyKind::streamed;
  for (const auto& [name, value] : fields) head.fields.add(name, value);
  message.stream.send_head(head, is_end);
  flush();
}

void Http2Peer::send_body(Http2Message& message, std::string_view body, bool is_end) {
  Chain bytes(blocks_);
  bytes.append(body);
  message.stream.send_body(std::move(bytes), is_end);
  flush();
}

void Http2Peer::send_trailers(Http2Message& message, const std::vector<std::pair<std::string, std::string>>& fields) {
  Arena arena;
  HeaderList list(arena);
  for (const auto& [name, value] : fields) list.add(name, value);
  message.stream.send_trailers(list);
  flush();
}

void Http2Peer::reset(Http2Message& message, http::ResetCode code) {
  message.stream.reset(code);
  message.is_over = true;
  flush();
}

void Http2Peer::shut_down() {
  codec_->shut_down();
  flush();
}

http::StreamEvents* Http2Peer::on_request(http::Stream stream, std::unique_ptr<RequestHead> head) {
  Http2Message& message = *messages.emplace_back(std::make_unique<Http2Message>());
  message.stream = stream;
  message.request = std::move(head);
  if (on_message) on_message(message);
  return &message;
}

http::StreamEvents* Http2Peer::on_bad_request(http::Stream stream, std::unique_ptr<RequestHead> head,
                                              const Error& error) {
  Http2Message& message = *messages.emplace_back(std::make_unique<Http2Message>());
  message.stream = stream;
  message.request = std::move(head);
  message.reset = error.code;
  return &message;
}

}  // namespace ravelin::testing
