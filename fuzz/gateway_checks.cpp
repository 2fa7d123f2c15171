// What must hold when a script is over.
#include <algorithm>
#include <array>
#include <chrono>

#include "gateway_world.h"

namespace ravelin::fuzz {

namespace {

using namespace std::chrono_literals;

std::string_view value_of(const HeaderList& fields, std::string_view name) {
  for (const Field& field : fields)
    if (field.name == name) return field.value;
  return {};
}

bool is_once_only(std::string_view method) {
  static constexpr std::array<std::string_view, 5> repeatable{"GET", "HEAD", "OPTIONS", "PUT", "DELETE"};
  return std::find(repeatable.begin(), repeatable.end(), method) == repeatable.end();
}

// What looks whole to its reader is whole, and as it was recorded.
void check_whole(const Done& done, int status, bool is_grpc, std::size_t body) {
  require(done.status == status, "the status is the one recorded");
  if (done.method != "HEAD") require(done.response_body_bytes == body, "the body is as long as recorded");
  // The head is all there is of an answer to HEAD.
  const bool is_fine =
      done.reason.empty() || done.ended_by == "client" || status >= 400 || is_grpc || done.method == "HEAD";
  const bool is_half = done.attempts > 0 && done.method != "HEAD" &&
                       (done.target.starts_with("/p/cut") || done.target.starts_with("/s/cut"));
  require(is_fine && (!is_half || status >= 400 || is_grpc), "a response that was cut does not look whole");
}

}  // namespace

void World::end() {
  for (int i = 0; i < 6; ++i) {
    sim_.advance(20s);
    settle();
  }
  require(sim_.local().flows == 0, "every exchange comes to an end by itself");
  require(sim_.intake().clients() == 0, "every client's connection comes to an end by itself");
  require(sim_.local().encoders.lent() == 0, "every encoder comes back");
  check_done();
  for (const auto& origin : origins_) check_origin(*origin);
  for (const auto& peer : answering_) {
    require(peer->codec().violation() == nullptr, "the gateway keeps the rules of HTTP/2 with an origin");
    for (const auto& message : peer->messages) check_answered(*message, "10.0.0.5:80");
  }
  for (const auto& [name, client] : clients_) check_client(client);
  if (!asking_) return;
  require(asking_->codec().violation() == nullptr, "the gateway keeps the rules of HTTP/2 with a client");
  for (const auto& message : asking_->messages) check_asked(*message);
}

void World::check_done() {
  for (const Done& done : sim_.done)
    require(done_.emplace(done.id, &done).second, "an exchange is told of once, and no two have one id");
}

const Done& World::find(std::string_view id) const {
  const auto found = done_.find(id);
  require(found != done_.end(), "what was said belongs to an exchange that was told of");
  return *found->second;
}

void World::check_origin(const Origin& origin) {
  const std::string& seen = origin.end->received();
  if (origin.endpoint == "10.0.0.5:80") return;  // its codec has read it
  if (origin.endpoint == "10.0.0.3:80") {
    require(client_preface.starts_with(seen.substr(0, client_preface.size())), "HTTP/2 begins with its preface");
    return require_frames(std::string_view(seen).substr(std::min(seen.size(), client_preface.size())));
  }
  StrictReader reader(seen);
  while (!reader.is_at_end()) {
    const auto head = reader.head();
    if (!head) return;
    check_request(*head, origin);
    if (!reader.body(*head) || find(head->only("x-request-id")).status == 101) return;
  }
}

void World::check_request(const StrictHead& head, const Origin& origin) {
  require(head.third == "HTTP/1.1" && head.count("host") == 1, "a request is one of HTTP/1.1, with a host");
  require(head.second == "*" || head.second.starts_with('/'), "a target is a path");
  for (const std::string_view name : {"te", "keep-alive", "proxy-connection", "http2-settings", "trailer"})
    require(head.count(name) == 0, "no field for one hop is handed on");
  require(head.count("connection") <= 1 && head.count("connection") == head.count("upgrade"),
          "only an upgrade is about the connection");
  const Done& done = find(head.only("x-request-id"));
  require(head.first == done.method && head.second == done.target, "an origin sees the request that was recorded");
  check_sighting(done, origin.endpoint);
}

void World::check_sighting(const Done& done, const std::string& endpoint) {
  const unsigned times = ++sightings_[done.id];
  require(times <= done.attempts, "a request is seen once per attempt");
  require(times == 1 || !is_once_only(done.method), "what may not be repeated is not sent twice");
  require(done.attempts > 1 || done.endpoint == endpoint, "a request is seen by the endpoint that was recorded");
}

void World::check_answered(const Http2Message& message, const std::string& endpoint) {
  const Done& done = find(value_of(message.request->fields, "x-request-id"));
  require(message.request->method == done.method || !message.request->protocol.empty(), "an origin sees the method");
  check_sighting(done, endpoint);
}

void World::check_client(const Client& client) const {
  if (client.is_http2) return require_frames(client.end->received());  // empty if its codec has read it
  StrictReader reader(client.end->received());
  while (!reader.is_at_end()) {
    const auto head = reader.head();
    if (!head) return;
    require(head->first == "HTTP/1.1" && head->second.size() == 3 && is_number(head->second, "0123456789"),
            "a response has a status");
    const int status = std::stoi(std::string(head->second));
    const bool has_length = head->count("content-length") + head->count("transfer-encoding") > 0;
    if (status < 200 && status != 101) {
      require(!has_length, "an interim response has no body");
      continue;
    }
    const Done& done = find(head->only("x-request-id"));
    if (status == 101) return require(done.status == 101, "a tunnel is recorded as one");
    const bool is_bare = done.method == "HEAD" || status == 204 || status == 304;
    if (!is_bare && !has_length) return;  // ends with the connection: not to be seen whether it is whole
    const auto body = is_bare ? std::optional<std::string>("") : reader.body(*head);
    if (!body) return;
    check_whole(done, status, head->first_of("content-type").starts_with("application/grpc"), body->size());
    if (head->only("connection") == "close") require(reader.is_at_end(), "nothing follows the last response");
  }
}

void World::check_asked(const Http2Message& message) const {
  if (!message.response || !message.has_ended || message.response->status == 101) return;
  const HeaderList& fields = message.response->fields;
  const Done& done = find(value_of(fields, "x-request-id"));
  check_whole(done, message.response->status, value_of(fields, "content-type").starts_with("application/grpc"),
              message.body.size());
}

}  // namespace ravelin::fuzz
