#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/http1/message_codec.h"
#include "http/http1/request_reader.h"

namespace ravelin::http::http1 {

/// ServerCodec is the server role of HTTP/1.1 (RFC 9112). One exchange at a time; what a client sends
/// ahead is held, and read when its turn comes. A request that cannot be let in is answered through
/// on_bad_request and the connection closes.
class ServerCodec final : public MessageCodec {
 public:
  ServerCodec(CodecEvents& events, BlockPool& pool, const Limits& limits, std::string_view scheme)
      : MessageCodec(events, pool, limits), reader_(limits_, scheme) {}

  void receive_end() override;
  std::size_t read_budget() const override;
  void shut_down() override;
  bool refuse_head(const Error& error) override;
  bool wants_close() const override;
  bool needs_reset() const override { return is_cut_; }
  bool is_idle() const override { return reading_ == Reading::head && held_.is_empty(); }
  bool is_reading_head() const override { return reading_ == Reading::head && is_head_begun(); }
  std::size_t streams() const override { return answer_ == Answer::none ? 0 : 1; }
  Stream open(StreamEvents&) override { return {}; }

 protected:
  void send_head(StreamId id, const ResponseHead& head, bool is_end) override;
  void send_head(StreamId, const RequestHead&, bool) override {}  // client role

  bool is_current(StreamId id) const override { return id == id_ && answer_ != Answer::none; }
  Result<std::size_t> read_head(std::string_view text) override;
  Result<std::size_t> read_surplus(std::string_view) override { return std::size_t{0}; }
  void end_message(bool has_surplus) override;
  void settle() override;
  void give_up() override;
  void stop() override;
  Error blame(Error error) const override { return error; }

 private:
  /// How far the exchange's response is: no exchange, no final head yet, final head given.
  enum class Answer : std::uint8_t { none, awaited, started };

  void begin_exchange(const RequestHead& head);
  void admit();
  void refuse(const Error& error);
  void send_interim(const ResponseHead& head);
  void switch_protocols(const ResponseHead& head);
  Framed framed(const ResponseHead& head) const;
  Persist decide_persist(const ResponseHead& head, const Framed& framed, bool is_end);

  RequestReader reader_;
  unsigned blank_lines_ = 0;  // before the next request line
  Answer answer_ = Answer::none;
  bool may_persist_ = false;  // after this exchange
  bool is_shutting_down_ = false;
  bool is_cut_ = false;  // a body that ends with the connection will not
  // Of the request being answered:
  bool is_head_request_ = false;
  bool is_http10_ = false;
  bool awaits_continue_ = false;  // the client waits for 100 before it sends the body
  std::string protocol_;          // that it asks to switch to
};

}  // namespace ravelin::http::http1
