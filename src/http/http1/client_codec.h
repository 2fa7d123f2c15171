#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/http1/message_codec.h"
#include "http/http1/response_reader.h"

namespace ravelin::http::http1 {

/// ClientCodec is the client role of HTTP/1.1, towards an origin that may be faulty or hostile: what it
/// sends is checked as strictly as what clients send. One stream after the other while both sides let
/// the connection persist; nothing that is left over reaches the next stream.
class ClientCodec final : public MessageCodec {
 public:
  ClientCodec(CodecEvents& events, BlockPool& pool, const Limits& limits)
      : MessageCodec(events, pool, limits), reader_(limits_) {
    reading_ = Reading::idle;
  }

  void receive_end() override;
  std::size_t read_budget() const override;
  void shut_down() override;
  bool wants_close() const override { return reading_ == Reading::closed; }
  bool needs_reset() const override { return is_cut_; }
  bool is_idle() const override { return reading_ == Reading::idle; }
  bool is_reading_head() const override { return reading_ == Reading::head && is_head_begun(); }
  bool may_open() const override { return reading_ == Reading::idle; }
  std::size_t streams() const override { return owner_ == nullptr ? 0 : 1; }
  Stream open(StreamEvents& owner) override;

 protected:
  void send_head(StreamId, const ResponseHead&, bool) override {}  // server role
  void send_head(StreamId id, const RequestHead& head, bool is_end) override;

  bool is_current(StreamId id) const override { return id == id_ && owner_ != nullptr; }
  Result<std::size_t> read_head(std::string_view text) override;
  Result<std::size_t> read_surplus(std::string_view text) override;
  void end_message(bool has_surplus) override;
  void settle() override;
  void give_up() override;
  void stop() override;
  Error blame(Error error) const override;

 private:
  std::size_t room() const;
  Result<std::size_t> admit(std::size_t size, bool has_surplus);
  Result<std::size_t> switch_protocols(std::unique_ptr<ResponseHead> head);

  ResponseReader reader_;
  std::string_view method_;  // "HEAD" or empty: all that framing asks
  unsigned interim_ = 0;     // 1xx heads of this exchange
  std::size_t interim_bytes_ = 0;
  std::string protocol_;  // that it asks to switch to
  bool has_seen_response_ = false;
  bool may_persist_ = false;  // after this exchange
  bool is_shutting_down_ = false;
  bool is_bound_ = false;  // to the one client whose request this is
  bool is_cut_ = false;    // an exchange that was given up; what was said last in a tunnel is still to arrive
};

}  // namespace ravelin::http::http1
