#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/codec.h"
#include "support/simulation.h"

namespace ravelin::testing {

/// Http2Message is one request and response as a peer of the gateway knows them.
struct Http2Message final : http::StreamEvents {
  void on_response_head(std::unique_ptr<ResponseHead> head) override;
  void on_body(Slice bytes) override;
  void on_trailers(HeaderList& list) override;
  void on_end() override { has_ended = true; }
  void on_sent(std::size_t) override {}
  void on_closed() override { is_over = true; }
  void on_reset(const Error& error) override;

  http::Stream stream;
  std::unique_ptr<RequestHead> request;
  std::unique_ptr<ResponseHead> response;  // client role
  std::vector<int> interim;
  std::string body;
  std::vector<std::pair<std::string, std::string>> trailers;
  bool takes_nothing = false;  // gives no credit
  bool has_ended = false;
  bool is_over = false;
  std::string reset;  // the code of the error
  std::function<void(Http2Message&)> on_news;
};

/// Http2Peer speaks HTTP/2 at an end of the simulated gateway: a client of it, or an origin.
class Http2Peer final : private http::CodecEvents {
 public:
  enum class Role { client, server };
  Http2Peer(BlockPool& blocks, End& end, Role role, const http::Limits& limits = {});
  ~Http2Peer() override;

  /// Client role: makes a request; `fields` besides the pseudo fields. A `protocol` asks for a tunnel.
  struct Ask {
    std::string method = "GET";
    std::string path = "/";
    std::string protocol{};
    std::vector<std::pair<std::string, std::string>> fields{};
    bool has_body = false;
  };
  Http2Message& ask(const Ask& ask);

  void respond(Http2Message& message, int status, std::string_view body,
               std::vector<std::pair<std::string, std::string>> fields = {});
  void send_head(Http2Message& message, int status, bool is_end,
                 const std::vector<std::pair<std::string, std::string>>& fields = {});
  void send_body(Http2Message& message, std::string_view body, bool is_end);
  void send_trailers(Http2Message& message, const std::vector<std::pair<std::string, std::string>>& fields);
  void reset(Http2Message& message, http::ResetCode code);
  void shut_down();

  http::Codec& codec() { return *codec_; }
  /// In the order of their beginning.
  std::deque<std::unique_ptr<Http2Message>> messages;
  /// Server role: told of each request when its head is there.
  std::function<void(Http2Message&)> on_message;

 private:
  http::StreamEvents* on_request(http::Stream stream, std::unique_ptr<RequestHead> head) override;
  http::StreamEvents* on_bad_request(http::Stream stream, std::unique_ptr<RequestHead> head, const Error&) override;
  void on_wake() override {}
  void receive(std::string_view text);
  void flush();

  BlockPool& blocks_;
  End& end_;
  const http::Limits limits_;
  std::unique_ptr<http::Codec> codec_;
};

}  // namespace ravelin::testing
