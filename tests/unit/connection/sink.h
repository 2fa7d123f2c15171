#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "http/codec.h"

namespace ravelin::connection {

/// Sink is a codec that counts what it receives, and says what it is told to.
class Sink final : public http::Codec {
 public:
  Result<void> receive(Slice bytes) override {
    received += bytes.size();
    if (at_bytes) at_bytes();
    if (budget_after) budget = *budget_after;
    return {};
  }
  void receive_end() override {
    if (at_end) at_end();
  }
  std::size_t read_budget() const override { return budget; }
  std::size_t take_frames() override { return frames; }
  bool produce(Chain& out, std::size_t) override {
    out.append(std::exchange(to_say, {}));
    out.append(repeats);
    return !repeats.empty();
  }
  void shut_down() override { is_finished = true; }
  void abort(const Error&) override {}
  bool wants_close() const override { return is_finished; }
  bool is_idle() const override { return open_streams == 0; }
  bool is_reading_head() const override { return false; }
  http::Stream open(http::StreamEvents&) override { return {}; }
  std::string_view protocol() const override { return "test"; }
  std::size_t streams() const override { return open_streams; }
  void rest() override { ++rests; }

  std::function<void()> at_bytes;
  std::function<void()> at_end;
  std::string to_say;
  std::string repeats;  // said again and again
  std::size_t received = 0;
  std::size_t budget = 0;
  std::size_t frames = 0;  // in each read
  std::optional<std::size_t> budget_after;
  std::size_t open_streams = 1;
  bool is_finished = false;  // the connection is to close
  int rests = 0;

 private:
  void send_head(http::StreamId, const ResponseHead&, bool) override {}
  void send_head(http::StreamId, const RequestHead&, bool) override {}
  void send_body(http::StreamId, Chain&& bytes, bool) override { bytes.clear(); }
  void send_trailers(http::StreamId, const HeaderList&) override {}
  void reset(http::StreamId, http::ResetCode) override {}
  void consume(http::StreamId, std::size_t) override {}
};

}  // namespace ravelin::connection
