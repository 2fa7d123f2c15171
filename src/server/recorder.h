#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "observe/event_lines.h"
#include "proxy/local.h"
#include "server/observation.h"

namespace ravelin::server {

/// Recorder takes down what happens on one worker: metrics, event lines, the decision ring. Worker's
/// thread.
class Recorder final : public proxy::Observer {
 public:
  Recorder(Loop& loop, Observation& observation, Log& log)
      : loop_(loop), observation_(observation), log_(log), lines_(observation.events) {}

  /// Hands this turn's lines to the writer.
  void end_turn() { lines_.end_turn(); }
  /// The record of a recent request, as JSON.
  std::optional<std::string> find(std::string_view id) const { return lines_.ring().find_json(id); }
  void log_error(const Error& error) { log_.error(error.message); }
  /// A listener has stopped accepting, for want of descriptors or memory.
  void on_accept_failed(const Error& error) { observation_.gateway.refused(loop_, "core", error.code); }

  /// The loop had more to do than one turn may: what is left goes on in the next.
  void on_full_turn() { observation_.gateway.full_turn(loop_); }

 private:
  void on_exchange_done(Exchange& exchange) override;
  void on_connection_refused(const Peer& peer, std::string_view module, std::string_view reason) override;
  void on_stream_refused(std::string_view reason) override;
  void on_backlog_full() override { observation_.gateway.full_backlog(loop_); }
  void on_client_open(const net::Transport& transport) override;
  void on_client_failed(const net::Transport& transport, const Error& why) override;

  Loop& loop_;
  Observation& observation_;
  Log& log_;
  observe::EventLines lines_;
};

}  // namespace ravelin::server
