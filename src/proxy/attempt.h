#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "http/codec.h"
#include "ravelin/exchange.h"
#include "upstream/balancer.h"
#include "upstream/pool.h"

namespace ravelin::proxy {

/// AttemptEvents is what one try at an upstream comes to, told to its Flow.
class AttemptEvents {
 public:
  virtual ~AttemptEvents() = default;
  /// A stream is open: head and body may be sent.
  virtual void on_connected() = 0;
  virtual void on_upstream_head(std::unique_ptr<ResponseHead> head) = 0;
  virtual void on_upstream_body(Slice bytes) = 0;
  /// As StreamEvents::room().
  virtual std::size_t room_for_response() const = 0;
  virtual void on_upstream_trailers(HeaderList& trailers) = 0;
  virtual void on_upstream_end() = 0;
  virtual void on_upstream_sent(std::size_t bytes) = 0;
  /// The stream has ended well and is gone; the response was whole, perhaps before the request.
  virtual void on_upstream_closed() = 0;
  /// The response's silence has lasted response_idle; whether that is the upstream's fault. False: go
  /// on waiting.
  virtual bool is_upstream_to_blame() const = 0;
  /// The attempt is over without a whole response; `error` says whether another may be made.
  virtual void on_attempt_failed(const Error& error) = 0;
};

/// Attempt is one try at an upstream: it chooses an endpoint, gets a stream on a connection to it, and
/// watches the upstream's deadlines. Start it again for a retry; it remembers what was tried.
class Attempt final : private http::StreamEvents, private upstream::PoolEvents {
 public:
  Attempt(Loop& loop, AttemptEvents& events);
  Attempt(const Attempt&) = delete;
  Attempt& operator=(const Attempt&) = delete;
  ~Attempt() override;

  /// Begins. on_connected or on_attempt_failed follows, perhaps before this returns.
  void start(upstream::Balancer& balancer, Exchange& exchange);
  /// The stream, once connected.
  http::Stream stream() const { return stream_; }
  /// Sends the request's head.
  void send_head(const RequestHead& head, bool is_end);
  /// The request's end is on its way, perhaps without a byte of its own: from now on the upstream is waited for.
  void note_request_end() { last_byte_ = loop_.now(); }
  /// Gives up: no more events.
  void cancel();

  /// The upstream may have begun to act on the request.
  bool may_be_processed() const { return may_be_processed_; }
  /// What failed was an idle connection that the endpoint had closed, not a request it was given; or it gave the
  /// request back unread as it closed.
  bool was_stale() const { return oldest_ == upstream::Age::fresh; }
  /// How many of the attempts so far were that: they do not count as tries.
  unsigned forgiven() const { return forgiven_; }
  /// Another try would have an endpoint to go to.
  bool has_choice_left() const { return tried_.size() < balancer_->upstream().endpoints.size(); }

 private:
  enum class State : std::uint8_t { idle, connecting, awaiting_head, receiving };

  // PoolEvents
  void on_connection(connection::Connection& connection, upstream::Age age) override;
  void on_connect_failed(const Error& error, bool is_first) override;
  // StreamEvents
  void on_response_head(std::unique_ptr<ResponseHead> head) override;
  void on_body(Slice bytes) override;
  std::size_t room() const override { return events_.room_for_response(); }
  void on_trailers(HeaderList& trailers) override;
  void on_end() override;
  void on_sent(std::size_t bytes) override;
  void on_closed() override;
  void on_reset(const Error& error) override;

  void use(connection::Connection& connection, upstream::Age age);
  bool is_stale() const;
  void forgive_stale_connection();
  void report(upstream::Pool::Fared fared);
  void report_failure();
  template <class Judgement>
  void judge(Judgement judgement);
  void leave();
  void fail(Error error);
  void on_timeout();

  Loop& loop_;
  AttemptEvents& events_;
  upstream::Balancer* balancer_ = nullptr;
  upstream::Pool* pool_ = nullptr;
  const upstream::Endpoint* endpoint_ = nullptr;
  Exchange* exchange_ = nullptr;
  connection::Connection* connection_ = nullptr;  // of stream_
  http::Stream stream_;
  Timer timer_;
  Time last_byte_{};
  Time used_at_{};  // when the stream was opened
  std::vector<std::size_t> tried_;
  State state_ = State::idle;
  bool may_be_processed_ = false;
  bool is_untouched_ = false;  // the endpoint has not looked at the request, or is not to blame
  bool is_answered_ = false;   // the response is whole
  bool is_tunnel_ = false;     // which ends as it likes
  bool is_probe_ = false;      // on whose answer others wait
  bool was_idle_ = false;      // the connection, when it was taken
  bool has_heard_ = false;     // of a response, be it interim
  unsigned forgiven_ = 0;
  upstream::Age age_ = upstream::Age::fresh;    // of the connection
  upstream::Age oldest_ = upstream::Age::used;  // a used one failed us: the next try gets a new one
};

}  // namespace ravelin::proxy
