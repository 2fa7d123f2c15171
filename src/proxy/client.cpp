#include "proxy/client.h"

#include <algorithm>
#include <utility>

namespace ravelin::proxy {
namespace {

std::size_t most_unread(const config::Limits& limits) {
  return std::max(limits.response_backlog.bytes, limits.stream_window.bytes);
}

}  // namespace

Client::Client(Local& local, ClientOwner& owner, Entrance& entrance, Peer peer,
               std::unique_ptr<net::Transport> transport, std::shared_ptr<const net::Certificates> certificates)
    : local_(local),
      owner_(owner),
      entrance_(entrance),
      peer_(std::move(peer)),
      limits_(local.current->generation->client_limits),
      certificates_(std::move(certificates)),
      backlog_(most_unread(local.current->generation->config->limits)),
      connection_(local.loop, local.turn, local.blocks, std::move(transport),
                  local.current->generation->client_deadlines, *this) {
  occupancy().enter(local.loop);
}

Client::~Client() { occupancy().leave(local_.loop); }

observe::Occupancy& Client::occupancy() {
  switch (state_) {
    case State::unnamed:
    case State::handshaking: return entrance_.connections.handshaking;
    case State::idle: return entrance_.connections.idle;
    case State::active: return entrance_.connections.active;
  }
  return entrance_.connections.idle;
}

void Client::change_state(State state) {
  if (state == state_) return;
  occupancy().leave(local_.loop);
  state_ = state;
  occupancy().enter(local_.loop);
}

void Client::await_name() {
  net::ProxyHeaderEvents& events = *this;
  connection_.transport().await_proxy_header(events);
  change_state(State::unnamed);
}

Result<void> Client::on_proxy_header(const net::ProxyHeader& header) {
  auto named = owner_.on_client_named(*this, header);
  if (named) change_state(State::handshaking);
  return named;
}

std::unique_ptr<http::Codec> Client::on_open(connection::Connection& connection) {
  if (is_handshaking()) owner_.on_client_secured(*this);
  change_state(State::idle);
  local_.observer.on_client_open(connection.transport());
  // Accepted before the drain, or from the backlog as it began: its first request is its last.
  if (local_.is_draining) limits_.requests = 1;
  const std::string_view scheme = certificates_ != nullptr ? "https" : "http";
  if (connection.transport().alpn() == "h2") {
    return http::make_http2_server(connection, local_.blocks, limits_, scheme);
  }
  return http::make_http1_server(connection, local_.blocks, limits_, scheme);
}

http::StreamEvents* Client::on_request(http::Stream stream, std::unique_ptr<RequestHead> head) {
  Flow& flow = add_flow(stream, std::move(head));
  flow.start();
  return &flow;
}

http::StreamEvents* Client::on_bad_request(http::Stream stream, std::unique_ptr<RequestHead> head, const Error& error) {
  Flow& flow = add_flow(stream, std::move(head));
  flow.start_refused(error);
  return &flow;
}

Flow& Client::add_flow(http::Stream stream, std::unique_ptr<RequestHead> head) {
  change_state(State::active);
  FlowOwner& owner = *this;
  flows_.push_back(
      std::make_unique<Flow>(local_, owner, peer_, connection_.transport().tls(), backlog_, stream, std::move(head)));
  flows_.back()->owner_place = flows_.size() - 1;
  return *flows_.back();
}

bool Client::is_misdirected(const RequestHead& head) const {
  return certificates_ != nullptr && !head.host.empty() &&
         !certificates_->may_carry(transport().tls().server_name, head.host);
}

void Client::on_flow_done(Flow& flow) {
  const std::size_t place = flow.owner_place;
  std::swap(flows_[place], flows_.back());
  flows_[place]->owner_place = place;
  local_.turn.drop(std::move(flows_.back()));
  flows_.pop_back();
}

void Client::on_idle(connection::Connection&) {
  change_state(State::idle);
  if (local_.is_draining) connection_.shut_down();
}

void Client::on_gone(connection::Connection& connection, const Error& why) {
  const Error* const violation = connection.codec() == nullptr ? nullptr : connection.codec()->violation();
  if (violation != nullptr) local_.observer.on_connection_refused(peer_, "core", violation->code);
  if (state_ == State::unnamed) report_unnamed(why);
  if (why.code == "tls:renegotiation") local_.observer.on_connection_refused(peer_, "core", why.code);
  owner_.on_client_gone(*this, why);
}

// A proxy that only looks whether we are there connects and closes; that is no fault.
void Client::report_unnamed(const Error& why) {
  if (why.code == "proxy:malformed" || why.code == "proxy:missing") {
    local_.observer.on_connection_refused(peer_, "core", why.code);
  } else if (why.code == "client:handshake_timeout") {
    local_.observer.on_connection_refused(peer_, "core", "proxy:missing");
  }
}

}  // namespace ravelin::proxy
