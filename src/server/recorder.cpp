#include "server/recorder.h"

#include <algorithm>

namespace ravelin::server {

using observe::HandshakeResult;

namespace {

// Invariant 8: at most one decision does, the one whose reason is the exchange's. An attempt that failed
// before another succeeded has refused nothing.
bool may_refuse(DecisionKind kind) {
  return kind == DecisionKind::reject || kind == DecisionKind::drop || kind == DecisionKind::failed_closed;
}

}  // namespace

void Recorder::on_exchange_done(Exchange& exchange) {
  const auto& decisions = exchange.decisions;
  const auto refusal = std::find_if(decisions.begin(), decisions.end(), [&](const Decision& decision) {
    return may_refuse(decision.kind) && decision.reason == exchange.reason;
  });
  if (refusal != decisions.end()) {
    observation_.gateway.refused(loop_, refusal->module, refusal->reason);
  } else if (!exchange.reason.empty()) {
    observation_.gateway.cut(loop_, exchange.ended_by, exchange.reason);
  }
  lines_.record(exchange, loop_.wall());
}

void Recorder::on_connection_refused(const Peer& peer, std::string_view module, std::string_view reason) {
  observation_.gateway.refused(loop_, module, reason);
  if (!observation_.events.wants(observe::EventKind::security)) return;
  observe::append_refused_connection(lines_.security(), peer, module, reason, loop_.wall());
}

void Recorder::on_stream_refused(std::string_view reason) { observation_.gateway.refused(loop_, "core", reason); }

void Recorder::on_client_open(const net::Transport& transport) {
  const TlsSession& tls = transport.tls();
  if (!tls.is_on()) return;
  observation_.gateway.handshake(loop_, tls.version, tls.is_resumed ? HandshakeResult::resumed : HandshakeResult::ok);
}

void Recorder::on_client_failed(const net::Transport& transport, const Error& why) {
  const bool is_timeout = why.code == "client:handshake_timeout";
  observation_.gateway.handshake(loop_, transport.tls().version,
                                 is_timeout ? HandshakeResult::timeout : HandshakeResult::failed);
}

}  // namespace ravelin::server
