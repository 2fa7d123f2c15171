#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/buffer.h"
#include "http/codec.h"

/// What the targets of both roles of HTTP/2 share.
namespace ravelin::http::fuzz {

inline void require(bool holds) {
  if (!holds) std::abort();
}

/// Peer is a codec with the owners of its streams, fed with what the other side is said to send. An Owner
/// has `log`, `held` (body not consumed), `is_over` and head_size().
template <class Owner>
class Peer : public CodecEvents {
 public:
  Peer(std::uint8_t options, const Limits& limits) : options_(options), limits_(limits) {}
  void on_wake() override {}

  /// Takes `bytes` in pieces, then the end; returns what all owners were told.
  std::string run(std::string_view bytes, std::size_t piece) {
    produce();
    bool is_alive = true;
    while (!bytes.empty() && is_alive && codec_->read_budget() > 0) {
      const std::size_t size = std::min(piece, bytes.size());
      is_alive = receive(bytes.substr(0, size));
      bytes.remove_prefix(size);
      check();
      go_on();
    }
    produce();
    if (!is_alive) require(codec_->streams() == 0 && codec_->wants_close() && !codec_->may_open());
    codec_->receive_end();
    require(codec_->streams() == 0 && pool_.in_use() == 0);
    return log();
  }

 protected:
  /// What is done between two pieces.
  virtual void go_on() = 0;

  void produce() {
    Chain out(pool_);
    while (codec_->produce(out, 4096)) out.clear();
  }

  BlockPool pool_;
  std::uint8_t options_;
  Limits limits_;
  std::vector<std::unique_ptr<Owner>> owners_;
  std::unique_ptr<Codec> codec_;

 private:
  bool receive(std::string_view bytes) {
    Block& block = pool_.take();
    std::memcpy(block.data(), bytes.data(), bytes.size());
    received_ += bytes.size();
    return codec_->receive(Slice(block, 0, bytes.size())).is_ok();
  }
  void check() const {
    std::size_t running = 0, heads = 0;
    for (const auto& owner : owners_) {
      require(owner->held <= limits_.window);
      running += owner->is_over ? 0 : 1;
      heads += owner->is_over ? 0 : owner->head_size();
    }
    require(running <= limits_.streams);
    require(heads <= 2 * 64 * (1024 + received_) + running * 4096);
  }
  std::string log() const {
    std::string text;
    for (const auto& owner : owners_) {
      require(owner->is_over);
      text += owner->log + "\n";
    }
    return text;
  }

  std::size_t received_ = 0;
};

/// Runs an input, which is one byte of options and frames, whole and in pieces. `preface` comes before it
/// unless `without_preface` is set; the pieces do not matter unless one of `mattering` is set.
template <class Side>
void run_in_pieces(std::string_view input, std::string_view preface, std::uint8_t without_preface,
                   std::uint8_t mattering) {
  const auto options = static_cast<std::uint8_t>(input.front());
  std::string bytes((options & without_preface) != 0 ? std::string_view() : preface);
  bytes.append(input.substr(1));
  const std::string log = Side(options).run(bytes, Block::size);
  const std::string other = Side(options).run(bytes, 1 + options % 29);
  if ((options & mattering) == 0) require(log == other);
}

}  // namespace ravelin::http::fuzz
