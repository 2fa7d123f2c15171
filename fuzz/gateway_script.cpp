// What the steps of a script do.
#include <array>
#include <chrono>
#include <cstdint>
#include <utility>

#include "gateway_world.h"
#include "http/fields.h"

namespace ravelin::fuzz {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t most_origins = 24;

constexpr std::string_view settings("\0\0\0\4\0\0\0\0\0", 9);
constexpr std::string_view origin_greeting("\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0", 18);

std::string_view line_of(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

bool is_to_be_cut(const StrictHead& head) { return head.first != "HEAD" && head.second.starts_with("/p/cut"); }

}  // namespace

World::World()
    : sim_(gateway_yaml, {&headers::descriptor, &cors::descriptor, &access::descriptor, &ratelimit::descriptor}) {
  sim_.on_origin = [this](End& end, const std::string& endpoint) { return accept(end, endpoint); };
}

World::~World() {
  sim_.on_origin = [](End&, const std::string&) { return false; };
}

void World::step(std::string_view step) {
  if (step.empty()) return;
  const char what = step.front();
  const std::string_view rest = step.substr(1);
  switch (what) {
    case 'h': ask(rest); break;
    case 'i': go_on_asking(rest); break;
    case '!': strike(rest); break;
    case '-': dial_differently(rest.empty() ? 'r' : rest.front()); break;
    case 'L':
      if (++reloads_ <= 2) sim_.reload(gateway_yaml);
      break;
    case 'D':
      sim_.local().is_draining = true;
      sim_.intake().shut_down();
      break;
    case 't': {
      static constexpr std::array<Duration, 6> spans{1ms, 500ms, 1100ms, 2500ms, 5s, 30s};
      sim_.advance(spans[rest.empty() ? 0 : static_cast<std::uint8_t>(rest.front()) % spans.size()]);
      break;
    }
    default: return say(what, rest);
  }
  settle();
}

// In capital letters: more comes in the same turn.
void World::say(char who, std::string_view bytes) {
  const bool is_large = who >= 'A' && who <= 'Z';
  const char name = is_large ? static_cast<char>(who - 'A' + 'a') : who;
  if (name >= 'a' && name <= 'f') {
    Client* const from = client(name);
    if (from != nullptr && !from->has_finished) from->end->send(bytes);
  } else if (Origin* const from = origin(name)) {
    if (!from->has_finished) from->end->send(bytes);
  }
  if (!is_large) settle();
}

// a, b, c, d speak HTTP/1.1; e, f frames; h is asking_. d is let in by nobody.
World::Client* World::client(char name) {
  const auto found = clients_.find(name);
  if (found != clients_.end()) return &found->second;
  Client made;
  made.is_http2 = name >= 'e';
  const std::string address = (name == 'd' ? "203.0.113.9:4000" : "192.0.2.1:4000") + std::to_string(name - 'a');
  made.end = made.is_http2 ? sim_.connect_http2(address) : sim_.connect(address);
  if (made.end == nullptr) return nullptr;
  if (name == 'e' || name == 'f') made.end->send(std::string(client_preface) + std::string(settings));
  return &clients_.emplace(name, made).first->second;
}

// o, p, q: the latest origins that speak HTTP/1.1, latest first; u, v: those that speak frames.
World::Origin* World::origin(char name) {
  const bool is_http2 = name == 'u' || name == 'v';
  if (!is_http2 && (name < 'o' || name > 'q')) return nullptr;
  int skip = name - (is_http2 ? 'u' : 'o');
  for (std::size_t i = origins_.size(); i-- > 0;) {
    const char kind = origins_[i]->endpoint[7];
    if (is_http2 ? kind != '3' : kind > '2') continue;
    if (skip-- == 0) return origins_[i].get();
  }
  return nullptr;
}

bool World::accept(End& end, const std::string& endpoint) {
  const char how = std::exchange(next_dial_, 0);
  if (how == 'r' || origins_.size() >= most_origins) return false;
  if (how == 'd') end.transport().delay_accept();
  origins_.push_back(std::make_unique<Origin>(Origin{&end, endpoint}));
  if (endpoint == "10.0.0.3:80") end.send(origin_greeting);
  if (endpoint == "10.0.0.5:80")
    answering_.push_back(std::make_unique<Http2Peer>(sim_.blocks(), end, Http2Peer::Role::server));
  return true;
}

// "METHOD PATH", lines of fields, and after an empty line the body, which goes on if it ends in "...".
void World::ask(std::string_view text) {
  Client* const from = client('h');
  if (from == nullptr) return;
  if (!asking_) asking_ = std::make_unique<Http2Peer>(sim_.blocks(), *from->end, Http2Peer::Role::client);
  if (!asking_->codec().may_open()) return;
  Http2Peer::Ask ask;
  std::string_view line = line_of(text);
  const std::size_t space = line.find(' ');
  if (space == std::string_view::npos || !http::is_token(line.substr(0, space))) return;
  ask.method = line.substr(0, space);
  ask.path = line.substr(space + 1);
  if (!ask.path.starts_with('/') || !http::is_field_value(ask.path) || ask.path.back() <= ' ') return;
  for (line = line_of(text); !line.empty(); line = line_of(text)) {
    const std::size_t colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
    if (name == "protocol" && http::is_token(value)) ask.protocol = value;
    if (!http::is_lower_token(name) || http::is_owned(name) || !http::is_field_value(value)) continue;
    if (value.empty() || (value.front() != ' ' && value.back() != ' ')) ask.fields.emplace_back(name, value);
  }
  ask.has_body = !text.empty() && ask.protocol.empty();
  const bool goes_on = text.ends_with("...") || !ask.protocol.empty();
  Http2Message& message = asking_->ask(ask);
  asked_.push_back({&message, goes_on});
  if (ask.has_body) asking_->send_body(message, text, !goes_on);
}

// Which message, by its number; then b: more body, e: the last of it, t: trailers, r: no longer wanted.
void World::go_on_asking(std::string_view text) {
  if (text.size() < 2 || asked_.empty()) return;
  auto& [message, may_send] = asked_[static_cast<std::uint8_t>(text[0]) % asked_.size()];
  if (message->is_over || (text[1] != 'r' && !may_send)) return;
  may_send = text[1] == 'b';
  switch (text[1]) {
    case 'b': return asking_->send_body(*message, text.substr(2), false);
    case 'e': return asking_->send_body(*message, text.substr(2), true);
    case 't': return asking_->send_trailers(*message, {{"x-sum", "1"}});
    default: asking_->reset(*message, http::ResetCode::cancel);
  }
}

void World::strike(std::string_view text) {
  if (text.size() < 2) return;
  if (const auto found = clients_.find(text[0]); found != clients_.end()) {
    if (text[0] != 'h' || text[1] != 'f') strike(*found->second.end, found->second.has_finished, text[1]);
  } else if (Origin* const struck = origin(text[0])) {
    strike(*struck->end, struck->has_finished, text[1]);
  }
}

void World::strike(End& end, bool& has_finished, char how) {
  switch (how) {
    case 'f': has_finished = true; return end.finish();
    case 'r': return end.reset();
    case 's': return end.stop_reading();
    case 'g': return end.read_on();
    case 'w': return end.transport().stall();
    case 'W': return end.transport().unstall();
    default: return;
  }
}

void World::dial_differently(char how) {
  next_dial_ = how;
  if (how != 'a') return;
  for (const auto& origin : origins_)
    if (origin->end->transport().is_handshaking()) origin->end->transport().accept();
}

void World::settle() {
  do {
    sim_.run();
  } while (answer_some());
  require(sim_.blocks().in_use() <= 16 * (clients_.size() + origins_.size() + 1), "memory is bounded");
}

// --- The origins that answer ---

bool World::answer_some() {
  bool has_answered = false;
  for (const auto& origin : origins_)
    if (origin->endpoint == "10.0.0.4:80" && answer_some(*origin)) has_answered = true;
  for (const auto& peer : answering_) {
    for (const auto& message : peer->messages) {
      if (message->is_over || !message->has_ended || message->response) continue;
      message->response = std::make_unique<ResponseHead>();  // marks it
      has_answered = true;
      if (message->request->method != "HEAD" && message->request->path.starts_with("/s/cut")) {
        peer->send_head(*message, 200, false, {{"content-type", "text/plain"}});
        peer->send_body(*message, "half", false);
        peer->reset(*message, http::ResetCode::cancel);
        continue;
      }
      peer->respond(*message, 200, "answer to " + std::string(message->request->path),
                    {{"content-type", "text/plain"}});
    }
  }
  return has_answered;
}

// How is the last letter of the path.
void World::answer_half(Origin& origin, std::string_view target) {
  const char how = target.back();
  const std::string start = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
  switch (how) {
    case '1': origin.end->send(start + "Content-Length: 5\r\n\r\nhalf"); break;
    case '2': origin.end->send(start + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n0\r\nx-sum: 1\r\n"); break;
    default: origin.end->send(start + "Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"); break;
  }
  origin.next_strike = how == '3' ? 'r' : 'f';
}

bool World::answer_some(Origin& origin) {
  if (origin.next_strike != 0) {
    strike(*origin.end, origin.has_finished, std::exchange(origin.next_strike, 0));
    return true;
  }
  if (origin.has_finished) return false;
  StrictReader reader(origin.end->received());
  std::size_t whole = 0;
  const std::size_t before = origin.answered;
  for (;;) {
    const auto head = reader.head();
    if (!head || !reader.body(*head)) return origin.answered != before;
    if (whole++ < origin.answered) continue;
    ++origin.answered;
    if (is_to_be_cut(*head)) return answer_half(origin, head->second), true;
    const bool is_chunked = origin.answered % 2 == 0 && head->first != "HEAD";
    origin.end->send(is_chunked
                         ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nx-sum: 1\r\n\r\n"
                     : head->first == "HEAD" ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
                                             : "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain");
  }
}

}  // namespace ravelin::fuzz
