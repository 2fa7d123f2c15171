#include "server/recorder.h"

namespace ravelin::server {

using observe::HandshakeResult;

void Recorder::on_exchange_done(Exchange& exchange) {
  for (const Decision& decision : exchange.decisions) {
    const bool is_refusal = decision.kind == DecisionKind::reject || decision.kind == DecisionKind::drop ||
                            decision.kind == DecisionKind::failed_closed;
    if (is_refusal) observation_.gateway.refused(loop_, decision.module, decision.reason);
  }
  lines_.record(exchange, loop_.wall());
}

void Recorder::on_connection_refused(const Peer& peer, std::string_view module, std::string_view reason) {
  observation_.gateway.refused(loop_, module, reason);
  if (!observation_.events.wants(observe::EventKind::security)) return;
  observe::append_refused_connection(lines_.security(), peer, module, reason, loop_.wall());
}

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
