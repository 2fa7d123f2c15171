#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/buffer.h"
#include "connection/turn.h"
#include "connection/uptake.h"
#include "http/codec.h"
#include "net/transport.h"
#include "ravelin/loop.h"

namespace ravelin::connection {

class Connection;

/// ConnectionEvents is what a connection tells its owner (proxy::Client, upstream::Pool).
class ConnectionEvents {
 public:
  virtual ~ConnectionEvents() = default;
  /// The transport is ready (TCP connected, TLS agreed): which protocol to speak on it.
  virtual std::unique_ptr<http::Codec> on_open(Connection& connection) = 0;
  /// Server role: as CodecEvents.
  virtual http::StreamEvents* on_request(http::Stream stream, std::unique_ptr<RequestHead> head) = 0;
  virtual http::StreamEvents* on_bad_request(http::Stream stream, std::unique_ptr<RequestHead> head,
                                             const Error& error) = 0;
  /// Server role: as CodecEvents.
  virtual void on_stream_refused(std::string_view) {}
  /// No stream is open: after on_open in the client role, whether or not the peer has room for one, and when
  /// the last stream has ended.
  virtual void on_idle(Connection& connection) = 0;
  /// The connection is over, for `why`; every stream has been told. The owner drops it into the Turn.
  virtual void on_gone(Connection& connection, const Error& why) = 0;
};

/// Deadlines bounds every state in which a connection waits for its peer. Zero: no deadline, because
/// somebody else has one (the Attempt for an upstream's answer).
struct Deadlines {
  Duration open{};               // TCP connect or TLS handshake, from the start
  Duration head{};               // a whole head, from its first byte; server role: also the first one, from open
  Duration idle{};               // between requests
  Duration write{};              // a peer that takes none of what is to be written
  std::uint64_t write_rate = 0;  // bytes per second: what the kernel still sends it more slowly does not count
  Duration linger = std::chrono::seconds(2);  // for the peer to close after we did; zero: we do not wait
  Side peer = Side::client;                   // whose fault a missed deadline is
};

/// Connection is a Transport and a Codec on it, with deadlines; client or upstream side alike. It reads
/// and flushes when its Turn says, once each per loop turn; in a roomy turn it reads on once. Worker's thread.
class Connection final : public Dropped, public net::TransportEvents, public http::CodecEvents {
 public:
  Connection(Loop& loop, Turn& turn, BlockPool& pool, std::unique_ptr<net::Transport> transport,
             const Deadlines& deadlines, ConnectionEvents& events);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() override;

  net::Transport& transport() { return *transport_; }
  const net::Transport& transport() const { return *transport_; }
  /// Null until open.
  http::Codec* codec() { return codec_.get(); }
  bool is_open() const { return state_ == State::open; }
  /// How many bytes it has been given to send so far, TLS records as far as they are sealed.
  std::uint64_t given() const { return transport_->sent() + output(); }
  /// How many of them the peer has acknowledged. Costs a system call.
  std::uint64_t acknowledged() const;
  /// Closing it now would cut nothing off: no request has come for a second, or none at all or not a whole one for
  /// five, and what was answered is acknowledged. Costs system calls where it is so.
  bool is_dispensable() const;
  /// Something has come, or an end, that was not read yet. Of what was read in this turn the socket is asked.
  bool has_unread() const { return may_read_ || (read_in_turn_ == turn_.number() && transport_->has_input()); }
  /// The same, and the socket is asked. If so it is read in the next turn, and on_idle follows once more.
  bool looks_unread();
  /// What its streams end with happened to all of them at once: it is closed, or its peer has ended it or broken the
  /// protocol.
  bool is_over() const {
    return !is_open() || has_peer_ended_ || (codec_ != nullptr && codec_->violation() != nullptr);
  }
  /// Open and with no stream on it.
  bool is_idle() const { return is_open() && codec_->is_idle(); }

  /// Client role: a new stream whose events go to `owner`; only if the codec may open one.
  http::Stream open(http::StreamEvents& owner);

  /// Finishes what runs, then closes; an idle one closes at once. One that is not open yet goes on opening:
  /// its owner says in on_open what becomes of it.
  void shut_down();
  /// Closes now. Streams get on_reset(why); on_gone follows. Harmless when already gone.
  void abort(const Error& why);

  // TransportEvents
  void on_ready(bool may_read, bool may_write) override;
  // CodecEvents
  http::StreamEvents* on_request(http::Stream stream, std::unique_ptr<RequestHead> head) override;
  http::StreamEvents* on_bad_request(http::Stream stream, std::unique_ptr<RequestHead> head,
                                     const Error& error) override;
  void on_stream_refused(std::string_view reason) override { events_.on_stream_refused(reason); }
  void on_wake() override;

 private:
  friend class Turn;
  enum class State : std::uint8_t { opening, open, closing, lingering, gone };
  enum class Wait : std::uint8_t { none, open, head, idle, resting, write, linger };  // resting: idle for a while

  void read();
  void read_once(std::size_t budget);
  void read_on();
  void look_for_client();
  void receive(Chain& input, net::IoStatus status);
  void discard();
  void flush();
  bool sends_one_request() const {
    return deadlines_.peer == Side::upstream && codec_ != nullptr && codec_->streams() == 1;
  }
  bool has_many_streams() const { return codec_ == nullptr || codec_->streams() > 1; }
  bool write_some();
  void give_up_writing();
  // Bytes that the peer has not been sent.
  std::size_t output() const { return out_.size() + transport_->unsent(); }
  bool has_output() const { return output() > 0; }
  void try_open();
  void begin_close();
  void finish_close();
  bool is_rest_useless() const;
  void finish_writing();
  Error broken() const;
  void report_idle();
  void end(const Error& why);
  void watch_deadline();
  Wait current_wait() const;
  Duration wait_allowed() const;
  void on_deadline();
  bool does_peer_take();
  void go_on_waiting();
  void rest();
  void stir();
  void refuse_head();
  bool may_linger_on();

  Loop& loop_;
  Turn& turn_;
  BlockPool& pool_;
  ConnectionEvents& events_;
  const Deadlines deadlines_;  // a copy: connections outlive the configuration they were opened under
  std::unique_ptr<net::Transport> transport_;
  std::unique_ptr<http::Codec> codec_;
  Chain out_;
  Timer deadline_;
  Time waiting_since_;    // start of the wait that the deadline bounds
  Time stirred_at_;       // when it last tried to read
  Time told_seconds_at_;  // up to when the codec knows that time has passed
  std::size_t read_in_turn_ = 0;
  Uptake uptake_;
  unsigned lingered_ = 0;  // times that it went on to
  State state_ = State::opening;
  Wait wait_ = Wait::open;
  bool is_marked_ = false;
  bool may_read_ = true;
  bool is_to_shut_down_ = false;  // once what has come is read
  bool may_write_ = true;
  bool is_peer_looked_for_ = false;  // since the last sign of it
  bool has_discarded_ = false;       // lingering: something has come since it was last looked at
  bool has_work_ = false;            // the owner is owed an on_idle
  bool has_peer_ended_ = false;
};

}  // namespace ravelin::connection
