#pragma once

/// Start reading here. A Flow moves one Exchange along the one path of a request: route, inspect the
/// head, inspect the body, attempt an upstream, forward both bodies, finish. It is the only place that
/// knows both sides. Body movement is Relay, upstream choice and its deadlines Attempt, order of the
/// modules and waiting for them pipeline::Run, answers made here Reply.
///
///   routing ─► inspecting_head ─► inspecting_body ─► connecting ─► forwarding ─► tunnelling ─► done
///        └──────────┴──── refuse ──────┴────────────────┴─► replying ─────────────────────────►┘

#include <memory>
#include <optional>
#include <string_view>

#include "connection/turn.h"
#include "http/codec.h"
#include "pipeline/run.h"
#include "proxy/attempt.h"
#include "proxy/backlog.h"
#include "proxy/generation.h"
#include "proxy/local.h"
#include "proxy/pace.h"
#include "proxy/relay.h"
#include "proxy/reply.h"
#include "ravelin/exchange.h"
#include "ravelin/verdict.h"

namespace ravelin::proxy {

class Flow;

/// FlowOwner is told when a flow has ended and is to be dropped into the Turn. It knows the connection.
class FlowOwner {
 public:
  virtual ~FlowOwner() = default;
  /// The connection was made for another host, with other terms (RFC 9110 section 15.5.20).
  virtual bool is_misdirected(const RequestHead& head) const = 0;
  /// As Connection::given(), of the client's connection.
  virtual std::uint64_t given() const = 0;
  /// As Connection::acknowledged().
  virtual std::uint64_t acknowledged() const = 0;
  virtual void on_flow_done(Flow& flow) = 0;
};

class Flow final : public connection::Dropped,
                   public http::StreamEvents,
                   private pipeline::RunEvents,
                   private AttemptEvents,
                   private connection::Later {
 public:
  /// `backlog`: of all that the client has not taken.
  Flow(Local& local, FlowOwner& owner, const Peer& peer, const TlsSession& tls, Backlog& backlog, http::Stream client,
       std::unique_ptr<RequestHead> head);
  ~Flow() override;

  /// Sets out. Events of the client stream may come from the next call on.
  void start();
  /// Sets out to answer a request that the codec could not let in.
  void start_refused(const Error& error);

  const Exchange& exchange() const { return exchange_; }

  std::size_t owner_place = 0;  // among the owner's flows, which keeps it

 private:
  enum class State : std::uint8_t {
    routing,
    inspecting_head,
    inspecting_body,
    connecting,
    forwarding,
    tunnelling,
    replying,
    done
  };
  enum class Response : std::uint8_t { none, inspecting, ready, started };

  // client stream
  void on_response_head(std::unique_ptr<ResponseHead> head) override;
  void on_body(Slice bytes) override;
  void on_trailers(HeaderList& trailers) override;
  void on_end() override;
  void on_sent(std::size_t bytes) override;
  void on_closed() override;
  void on_reset(const Error& error) override;
  // modules
  void on_outcome(pipeline::Outcome outcome) override;
  // upstream
  void on_connected() override;
  void on_upstream_head(std::unique_ptr<ResponseHead> head) override;
  void on_upstream_body(Slice bytes) override;
  std::size_t room_for_response() const override { return backlog_.room(); }
  void on_upstream_trailers(HeaderList& trailers) override;
  void on_upstream_end() override;
  void on_upstream_sent(std::size_t bytes) override;
  void on_upstream_closed() override { request_.discard(); }  // what is left of it nobody wants
  bool is_upstream_to_blame() const override;
  void on_attempt_failed(const Error& error) override;
  // turn
  void on_reads_done() override;

  // request, in order
  bool find_route();
  bool may_upgrade();
  void inspect_head();
  void inspect_body();
  void ask_for_body();
  void watch_body();
  bool is_body_open() const;
  bool is_conversation() const;
  bool answer_from_configuration();
  bool count_hop();
  bool add_via();
  void connect();
  // response, in order
  bool would_seem_a_tunnel(int status) const;
  void pass_interim(ResponseHead& head);
  void inspect_response();
  void forward_response();
  void start_response();
  bool has_given_up_tunnel() const;
  void open_tunnel();
  void end_tunnel();
  void complete(ResponseHead& head);
  void encode_response();
  void watch_client();
  void on_slow_body(Pace::Miss miss);
  void start_read_pace();
  void on_slow_read(Pace::Miss miss);
  std::optional<std::uint64_t> taken_from_kernel();
  void count_backlog();
  // both
  bool settle(pipeline::Outcome outcome);
  void settle_request_body(pipeline::Outcome outcome);
  void settle_response_body(pipeline::Outcome outcome);
  bool may_retry(const Error& error);
  // ends
  void refuse(const Error& error);
  void refuse(const Rejection& rejection);
  void answer(const Rejection& answer);
  void end_with(Reply made);
  void reply(Reply made);
  void send_rest();
  void drop(const Rejection& rejection);
  void cut(std::string_view reason, std::string_view ended_by);
  void cut(std::string_view reason, std::string_view ended_by, http::ResetCode code);
  void give_up_upstream();
  void finish(std::string_view ended_by);
  void note(DecisionKind kind, std::string reason, std::string detail);

  Local& local_;
  FlowOwner& owner_;
  Pin pin_;
  http::Stream client_;
  Exchange exchange_;
  const Route* route_ = nullptr;
  std::optional<pipeline::Run> run_;  // none while the route has no modules
  Relay request_;
  Relay response_;
  BacklogShare backlog_;
  Attempt attempt_;
  Pace client_body_pace_;
  Pace client_read_pace_;
  Reply reply_;                          // an answer made here, on its way
  std::string_view reply_rest_;          // of its body: what the stream has not been given yet
  std::uint64_t reply_given_ = 0;        // bytes of its body that it has
  std::unique_ptr<Timer> reply_soon_;    // an answer made here that waits for the end of the turn
  bool awaits_continue_ = false;         // the client waits for the upstream's 100
  bool is_request_sent_ = false;         // its end is on its way to the upstream
  std::optional<Coding> wanted_coding_;  // what the client would have the response's body in
  State state_ = State::routing;
  Response response_state_ = Response::none;
  std::uint64_t given_ = 0;  // to the client's connection, when something of the response last left
  connection::Uptake uptake_;
};

}  // namespace ravelin::proxy
