#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "modules/access/module.h"
#include "modules/cors/module.h"
#include "modules/headers/module.h"
#include "modules/ratelimit/module.h"
#include "strict_http1.h"
#include "strict_http2.h"
#include "support/http2_peer.h"
#include "support/simulation.h"

namespace ravelin::fuzz {

using testing::Done;
using testing::End;
using testing::Http2Message;
using testing::Http2Peer;
using testing::Simulation;

inline constexpr std::string_view client_preface("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);

// Bounds are small, so that a short input reaches them. Endpoints: .1 and .2 say what the script says,
// .3 the same in frames; .4 and .5 answer every request well, .5 over HTTP/2, but break off below /p/cut
// and /s/cut.
inline const std::string gateway_yaml = R"(
limits: {request_head: 4k, request_fields: 24, request_uri: 512, request_body: 8k, stream_window: 16k, handshake_timeout: 1s,
  head_timeout: 2s, body_idle: 3s, response_idle: 4s, keepalive_idle: 5s, keepalive_requests: 6,
  streams_per_connection: 4, client_connections: 8, connections_per_client: 4, tunnel_idle: 20s, encoders: 2}
compression: {min_size: 1}
upstreams:
  script: {endpoints: ["10.0.0.1:80", "10.0.0.2:80"], balance: round_robin, connect_timeout: 1s, response_timeout: 2s,
    response_idle: 3s, keepalive: 2, retry: {budget: 100%}}
  frames: {endpoints: ["10.0.0.3:80"], protocol: h2, connect_timeout: 1s, response_timeout: 2s, response_idle: 3s}
  plain: {endpoints: ["10.0.0.4:80"]}
  streams: {endpoints: ["10.0.0.5:80"], protocol: h2}
modules:
  - headers: {profile: strict}
  - cors: {allow_origins: ["https://a.example"], match: {path: /c/}}
  - access: {deny: ["203.0.113.0/24"]}
  - ratelimit: {limits: {few: {rate: 1/s, burst: 1, match: {path: /r}}}}
routes:
  - {match: {}, upstream: script, response_headers: {set: {x-set: "1"}, remove: [x-gone]}}
  - {match: {path_prefix: /f/}, upstream: frames}
  - {match: {path_prefix: /p/}, upstream: plain}
  - {match: {path_prefix: /s/}, upstream: streams}
  - {match: {path: /answer}, respond: {body: "made here"}}
  - {match: {path: /old}, redirect: {to: "/p${path}"}}
)";

/// World is the gateway with clients and origins around it, moved by a script.
class World {
 public:
  World();
  ~World();

  void step(std::string_view step);
  /// Lets every deadline pass, then checks what is left and what was said.
  void end();

 private:
  struct Client {
    End* end = nullptr;
    bool is_http2 = false;
    bool has_finished = false;
  };
  struct Asked {
    Http2Message* message;
    bool may_send;  // its body is not over
  };
  struct Origin {
    End* end;
    std::string endpoint;
    bool has_finished = false;
    std::size_t answered = 0;
    char next_strike = 0;  // once what was said has been heard
  };

  Client* client(char name);
  Origin* origin(char name);
  bool accept(End& end, const std::string& endpoint);
  void say(char who, std::string_view bytes);
  void ask(std::string_view text);
  void go_on_asking(std::string_view text);
  void strike(std::string_view text);
  static void strike(End& end, bool& has_finished, char how);
  void dial_differently(char how);
  void settle();
  bool answer_some();
  bool answer_some(Origin& origin);
  void answer_half(Origin& origin, std::string_view target);

  void check_done();
  void check_origin(const Origin& origin);
  void check_request(const StrictHead& head, const Origin& origin);
  void check_sighting(const Done& done, const std::string& endpoint);
  void check_client(const Client& client) const;
  void check_answered(const Http2Message& message, const std::string& endpoint);
  void check_asked(const Http2Message& message) const;
  const Done& find(std::string_view id) const;

  Simulation sim_;
  std::map<char, Client> clients_;
  std::vector<std::unique_ptr<Origin>> origins_;
  std::vector<std::unique_ptr<Http2Peer>> answering_;  // HTTP/2 origins of the endpoint that answers
  std::unique_ptr<Http2Peer> asking_;                  // the HTTP/2 client that keeps the rules
  std::vector<Asked> asked_;
  std::map<std::string, const Done*, std::less<>> done_;
  std::map<std::string, unsigned, std::less<>> sightings_;  // of a request's id at origins
  char next_dial_ = 0;                                      // 'r': is refused, 'd': is not accepted yet
  int reloads_ = 0;
};

}  // namespace ravelin::fuzz
