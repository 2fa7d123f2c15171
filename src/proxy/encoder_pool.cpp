#include "proxy/encoder_pool.h"

#include <algorithm>
#include <utility>

namespace ravelin::proxy {

EncoderPool::Lease::~Lease() {
  if (encoder_ != nullptr) pool_->give_back(kind_, std::move(encoder_));
}

EncoderPool::Lease EncoderPool::take(Coding coding, std::uint32_t level, std::size_t most) {
  if (lent_ >= most) return {};
  const Kind kind{coding, level};
  const auto found = std::find_if(idle_.rbegin(), idle_.rend(), [&](const Idle& idle) { return idle.kind == kind; });
  std::unique_ptr<Encoder> encoder;
  if (found != idle_.rend()) {
    encoder = std::move(found->encoder);
    idle_.erase(std::prev(found.base()));
  } else {
    encoder = make_encoder(coding, level);
  }
  if (encoder == nullptr) return {};
  ++lent_;
  return {*this, kind, std::move(encoder)};
}

void EncoderPool::give_back(Kind kind, std::unique_ptr<Encoder> encoder) {
  --lent_;
  if (!encoder->restart()) return;
  if (idle_.size() == kept) idle_.erase(idle_.begin());
  idle_.push_back({kind, std::move(encoder)});
}

}  // namespace ravelin::proxy
