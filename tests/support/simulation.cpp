#include "support/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <stdexcept>
#include <utility>

namespace ravelin::testing {
namespace {

constexpr std::size_t pipe_capacity = 64 * 1024;

/// OneFile is an environment in which there is just the configuration.
class OneFile final : public config::Environment {
 public:
  explicit OneFile(std::string text) : text_(std::move(text)) {}
  std::optional<std::string> variable(const std::string&) const override { return std::nullopt; }
  bool has_file(const std::string& path) const override { return path == "/sim/ravelin.yaml"; }
  Result<std::string> read_file(const std::string& path, std::size_t) const override {
    if (has_file(path)) return text_;
    return Error{"config:file", path + " is not there"};
  }
  Result<std::vector<std::string>> list(const std::string&) const override { return std::vector<std::string>{}; }
  std::string absolute(const std::string& path) const override { return path; }

 private:
  std::string text_;
};

}  // namespace

End::End(BlockPool& blocks, std::unique_ptr<net::MemoryTransport> transport)
    : blocks_(blocks), transport_(std::move(transport)), out_(blocks) {
  transport_->set_events(*this);
}

void End::send(std::string_view text) {
  out_.append(text);
  flush();
}

void End::flush() {
  if (!out_.is_empty() && transport_->write(out_) == net::IoStatus::failed) {
    has_ended_ = true;
    out_.clear();
  }
}

void End::read_on() {
  is_reading_ = true;
  on_ready(true, true);
}

void End::read_some(std::size_t bytes) {
  Chain input(blocks_);
  (void)transport_->read(input, bytes);
  received_ += input.to_string();
}

void End::on_ready(bool may_read, bool) {
  flush();
  if (!may_read || !is_reading_) return;
  for (;;) {
    Chain input(blocks_);
    const net::IoStatus status = transport_->read(input, 64 * 1024);
    received_ += input.to_string();
    if (status == net::IoStatus::ended || status == net::IoStatus::failed) has_ended_ = true;
    if (status != net::IoStatus::open) break;
  }
  if (on_input) on_input(*this);
}

Simulation::Simulation(const std::string& yaml, std::vector<const Descriptor*> modules)
    : on_origin([](End& origin, const std::string& endpoint) {
        answer_all(origin, "hello from " + endpoint);
        return true;
      }),
      modules_(std::move(modules)),
      local_{loop, turn_, blocks_, *this, ids_} {
  loop.at_turn_end([this] { turn_.run(); });
  use(build(yaml));
  intake_ = std::make_unique<proxy::Intake>(local_, caps);
}

Simulation::~Simulation() {
  loop.run();
  intake_->abort({"test:over", "the test is over", Side::local});
  for (auto& live : generations_)
    for (auto& balancer : live.balancers) pools_.release(std::move(balancer));
  pools_.abort({"test:over", "the test is over", Side::local});
  loop.run();
  pools_.sweep();
  ends_.clear();
  loop.run();
  EXPECT_EQ(intake_->clients(), 0U);
  EXPECT_EQ(local_.flows, 0U);
  EXPECT_EQ(pools_.connections(), 0U);
  EXPECT_EQ(blocks_.in_use(), 0U);
  EXPECT_EQ(loop.timers(), 0U);
  for (const auto& live : generations_) EXPECT_EQ(live.pins, 0U);
}

std::shared_ptr<proxy::Generation> Simulation::build(const std::string& yaml) {
  const bool has_listener = yaml.find("listeners:") != std::string::npos;
  const std::string text = (has_listener ? "" : "listeners: [{name: sim, bind: \"127.0.0.1:1\"}]\n") + yaml;
  const OneFile environment(text);
  config::Loaded loaded = config::load("/sim/ravelin.yaml", modules_, environment);
  std::string problems;
  for (const auto& problem : loaded.problems) problems += to_string(problem) + "\n";
  if (!loaded.is_valid()) throw std::runtime_error(problems);
  server::Parts parts{modules_, store, metrics, nullptr, log, tickets_, 1, loop.wall(), false};
  server::Built built = server::build(std::move(loaded.config), parts);
  for (const auto& problem : built.problems) problems += to_string(problem) + "\n";
  if (!built.is_valid()) throw std::runtime_error(problems);
  return built.generation;
}

void Simulation::use(std::shared_ptr<proxy::Generation> generation) {
  proxy::LiveGeneration& live = generations_.emplace_back();
  for (const auto& upstream : generation->upstreams) live.balancers.push_back(pools_.make_balancer(upstream));
  store.bans().set_never(generation->never_banned);
  live.generation = std::move(generation);
  local_.current = &live;
}

void Simulation::reload(const std::string& yaml) { use(build(yaml)); }

End* Simulation::connect(std::string_view address) { return take_in(address, "http/1.1"); }

End* Simulation::connect_http2(std::string_view address) { return take_in(address, "h2"); }

End* Simulation::take_in(std::string_view address, std::string_view protocol) {
  const auto& proxies = local_.current->generation->config->listeners.front().proxy_protocol;
  auto judged = intake_->judge(*SocketAddress::parse(address), entrance_, proxies ? &*proxies : nullptr);
  if (!judged.is_let_in()) return nullptr;
  judged.peer.destination = *SocketAddress::parse("127.0.0.1:1");
  auto [ours, theirs] = net::make_memory_pair(loop, blocks_, pipe_capacity);
  ours->set_tls({}, protocol);
  intake_->add(entrance_, std::move(judged), std::move(ours), nullptr);
  ends_.push_back(std::make_unique<End>(blocks_, std::move(theirs)));
  return ends_.back().get();
}

std::string Simulation::ask(std::string_view request, std::string_view address) {
  End* const client = connect(address);
  if (client == nullptr) return {};
  client->send(request);
  run();
  return client->received();
}

Result<std::unique_ptr<net::Transport>> Simulation::dial(const net::Dial& dial) {
  auto [ours, theirs] = net::make_memory_pair(loop, blocks_, pipe_capacity);
  ends_.push_back(std::make_unique<End>(blocks_, std::move(theirs)));
  End* const origin = ends_.back().get();
  const std::string endpoint = dial.address.to_string();
  if (!on_origin(*origin, endpoint)) {
    return Error{"upstream:connect_refused", "connection to " + endpoint + " refused", Side::upstream, 502, true};
  }
  origins[endpoint].push_back(origin);
  return std::unique_ptr<net::Transport>(std::move(ours));
}

void Simulation::on_exchange_done(Exchange& exchange) {
  Done record;
  record.id = exchange.id();
  record.method = exchange.request().method;
  const Target target = exchange.request().upstream_target();
  record.target = std::string(target.path) + (target.has_query ? "?" : "") + std::string(target.query);
  record.route = exchange.route;
  record.upstream = exchange.upstream;
  record.endpoint = exchange.endpoint;
  record.reason = exchange.reason;
  record.ended_by = exchange.ended_by;
  record.client = exchange.peer().client.to_string();
  record.status = exchange.has_response() ? exchange.response().status : 0;
  record.attempts = exchange.attempts;
  record.request_body_bytes = exchange.request_body_bytes;
  record.response_body_bytes = exchange.response_body_bytes;
  for (const Decision& decision : exchange.decisions) {
    record.decisions.push_back(std::string(decision.module) + " " + std::string(to_string(decision.kind)) + " " +
                               decision.reason);
  }
  for (const Incident& incident : exchange.incidents) {
    std::string text = std::string(incident.module) + " " + std::to_string(incident.score) + ":";
    for (const std::string& rule : incident.rules) text += " " + rule;
    record.incidents.push_back(std::move(text));
  }
  done.push_back(std::move(record));
}

void Simulation::on_connection_refused(const Peer&, std::string_view module, std::string_view reason) {
  refused.push_back(std::string(module) + " " + std::string(reason));
}

void answer_all(End& origin, const std::string& body) {
  origin.on_input = [body, pending = std::string()](End& end) mutable {
    pending += end.take();
    for (;;) {
      const std::size_t head_end = pending.find("\r\n\r\n");
      if (head_end == std::string::npos) return;
      std::size_t length = 0;
      const std::size_t at = pending.find("content-length: ");
      if (at < head_end) length = std::strtoul(pending.c_str() + at + 16, nullptr, 10);
      if (pending.size() < head_end + 4 + length) return;
      pending.erase(0, head_end + 4 + length);
      end.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    }
  };
}

}  // namespace ravelin::testing
