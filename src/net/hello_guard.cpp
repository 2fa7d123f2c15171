#include "net/hello_guard.h"

#include <openssl/ssl.h>

#include <algorithm>

namespace ravelin::net {

bool HelloGuard::admits(std::span<const std::byte> bytes, int version) {
  while (!bytes.empty() && state_ != State::off) {
    std::size_t used = 1;
    if (state_ == State::record_head) {
      record_head_[record_have_++] = std::to_integer<std::uint8_t>(bytes[0]);
      if (record_have_ == record_head_.size()) begin_record(version);
    } else {
      const auto body = bytes.first(std::min(bytes.size(), record_left_));
      used = state_ == State::handshake ? read_handshake(body) : body.size();
      if (is_too_large()) return false;
      record_left_ -= used;
      if (record_left_ == 0) state_ = State::record_head;
    }
    bytes = bytes.subspan(used);
  }
  return true;
}

void HelloGuard::begin_record(int version) {
  record_have_ = 0;
  record_left_ = record_head_[3] * 256u + record_head_[4];
  if (record_left_ == 0) return;
  if (record_head_[0] == SSL3_RT_HANDSHAKE)
    state_ = State::handshake;
  else if (version == TLS1_3_VERSION)
    state_ = State::other_record;
  else
    state_ = State::off;  // encrypted from here on, or for OpenSSL to refuse
}

// Returns how many bytes it has dealt with: the rest of a message's body, or one byte of a head.
std::size_t HelloGuard::read_handshake(std::span<const std::byte> bytes) {
  if (message_left_ > 0) {
    const std::size_t used = std::min(bytes.size(), message_left_);
    message_left_ -= used;
    return used;
  }
  if (message_have_ == message_head_.size()) message_have_ = 0;
  message_head_[message_have_++] = std::to_integer<std::uint8_t>(bytes[0]);
  if (message_have_ == message_head_.size())
    message_left_ = message_head_[1] * 65536u + message_head_[2] * 256u + message_head_[3];
  return 1;
}

bool HelloGuard::is_too_large() const {
  return message_have_ == message_head_.size() && message_head_[0] == SSL3_MT_CLIENT_HELLO && message_left_ > largest;
}

}  // namespace ravelin::net
