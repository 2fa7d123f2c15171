#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "base/buffer.h"
#include "http/codec.h"
#include "pipeline/run.h"
#include "proxy/encode_body.h"
#include "ravelin/message.h"

namespace ravelin::proxy {

/// Relay moves one body in one direction: shows it to the modules, holds it back while they ask for
/// that, hands it to the sink, and joins the credit of both sides: what the sink has sent is what the
/// source may send anew. Memory: one window, and what is held; with a content coding see BodyEncoding.
class Relay {
 public:
  /// How a piece is shown to the modules: Run::request_body or Run::response_body.
  using Hook = pipeline::Outcome (pipeline::Run::*)(const Chunk&);

  explicit Relay(BlockPool& pool) : unseen_(pool), ready_(pool), kept_(pool) {}

  /// Before open(): gives the body a content coding, after the modules have seen it.
  void set_encoding(std::unique_ptr<BodyEncoding> encoding) { encoding_ = std::move(encoding); }
  /// The moment that the encoding has asked for.
  void on_reads_done();

  /// What bytes come from. Until begin() they wait here, uninspected.
  void set_source(http::Stream source) { source_ = source; }
  /// Lets bytes pass; with a `run` each piece is shown to `hook` first, and with `hold` above zero none
  /// goes on until the last has passed, unless the body grows larger than `hold`.
  pipeline::Outcome begin(pipeline::Run* run, Hook hook, std::size_t hold);

  // From the source. Each returns what inspecting came to. `waiting`: resume() follows if it was this
  // relay's piece, poke() if the run was busy with something else.
  pipeline::Outcome receive(Slice bytes);
  pipeline::Outcome receive_end();
  /// The trailers' arena must outlive the relay.
  void receive_trailers(HeaderList& trailers) { trailers_ = &trailers; }
  /// The piece that was waited for has passed.
  pipeline::Outcome resume();
  /// The run is free again.
  pipeline::Outcome poke() { return advance(); }

  /// Opens the way to the sink: what is ready goes there now, the rest as it comes.
  void open(http::Stream sink);
  /// The sink has sent `bytes`.
  void sent(std::size_t bytes);
  /// The source's stream is over; nothing is owed to it any more.
  void forget_source() { source_ = {}; }
  /// Keeps what the sink is given, so that another may get it, as long as it is not more than 16 KiB.
  void keep() { keeps_ = true; }
  /// There will be no other sink.
  void let_go();
  /// The sink's stream is over; open() may name another if all is_whole().
  void rewind();
  /// Nobody wants the body any more: what comes is thrown away, and the source told so.
  void discard();

  /// Bytes wait here for the last piece to be inspected.
  bool is_holding() const { return hold_ > 0 && !is_last_seen_; }
  /// Everything has come from the source.
  bool has_ended() const { return has_ended_; }
  /// Nothing that was handed to a sink is lost: all that has come can be sent again.
  bool is_whole() const { return !has_lost_; }
  /// The body could not be coded and cannot be sent whole any more.
  bool has_failed() const { return encoding_ != nullptr && encoding_->has_failed(); }
  /// Everything was handed to the sink.
  bool is_finished() const { return is_finished_; }
  /// Bytes that the sink was given and has not sent.
  std::size_t in_flight() const { return in_flight_; }
  /// Bytes that are here for the sink, but for those that are held back.
  std::size_t held() const { return encoding_ == nullptr ? owed_ : owed_ + in_flight_; }
  /// Bytes the source has delivered without getting credit back: if any, its silence is our doing.
  std::size_t owed() const { return owed_; }

 private:
  pipeline::Outcome advance();
  void pass_shown();
  void give_credit(std::size_t bytes);
  void settle_credit();
  void forward();
  void forward_coded(BodyEncoding::Moment moment);
  void hand_over(Chain&& bytes);
  void keep_copy(const Chain& bytes);

  http::Stream source_;
  http::Stream sink_;
  pipeline::Run* run_ = nullptr;
  Hook hook_ = nullptr;
  std::size_t hold_ = 0;
  Chain unseen_;           // not yet passed by the modules
  Chain ready_;            // passed, not yet given to the sink
  Chain kept_;             // given to it, for another
  std::size_t shown_ = 0;  // bytes of the piece that the modules are looking at
  std::size_t held_ = 0;   // bytes seen while holding
  std::size_t owed_ = 0;
  std::size_t in_flight_ = 0;
  HeaderList* trailers_ = nullptr;
  std::unique_ptr<BodyEncoding> encoding_;  // none: bytes go as they come
  bool has_begun_ = false;
  bool has_ended_ = false;  // the source has delivered its end
  bool is_last_shown_ = false;
  bool is_last_seen_ = false;  // and it has passed
  bool keeps_ = false;
  bool has_lost_ = false;  // something was handed to a sink and not kept
  bool is_finished_ = false;
  bool is_discarding_ = false;
};

}  // namespace ravelin::proxy
