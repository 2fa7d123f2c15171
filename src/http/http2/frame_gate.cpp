#include "http/http2/frame_gate.h"

#include <algorithm>

namespace ravelin::http::http2 {

namespace {

constexpr std::size_t header_size = 9;
constexpr std::size_t largest_frame = header_size + 16 * 1024;  // SETTINGS_MAX_FRAME_SIZE is what it is by default
constexpr std::size_t dependency_size = 4;
constexpr std::size_t priority_size = 5;
constexpr std::uint32_t id_mask = 0x7fffffff;  // the highest bit is reserved

std::uint32_t read_number(const std::byte* at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < size; ++i) number = number << 8 | std::to_integer<std::uint32_t>(at[i]);
  return number;
}

}  // namespace

FrameGate::Step FrameGate::advance(std::span<const std::byte> bytes) {
  if (preface_left_ > 0) {
    const std::size_t n = std::min(preface_left_, bytes.size());
    preface_left_ -= n;
    return {n, false};
  }
  if (payload_left_ > 0) return {skip_payload(bytes.size()), false};
  return collect(bytes);
}

std::size_t FrameGate::whole_frames(std::size_t most) const {
  if (payload_left_ >= most) return most;
  return payload_left_ + (most - payload_left_) / largest_frame * largest_frame - collected_;
}

std::uint32_t FrameGate::dependency() const {
  return read_number(header_.data() + header_size, dependency_size) & id_mask;
}

FrameGate::Step FrameGate::collect(std::span<const std::byte> bytes) {
  std::size_t taken = 0;
  while (collected_ < wanted()) {
    const std::size_t n = std::min(wanted() - collected_, bytes.size() - taken);
    if (n == 0) return {taken, false};
    std::copy_n(bytes.data() + taken, n, header_.data() + collected_);
    taken += n;
    collected_ += n;
    if (collected_ == header_size) read_header();
  }
  payload_left_ = frame_.length - (collected_ - header_size);
  collected_ = 0;
  note_frame();
  return {taken + skip_payload(bytes.size() - taken), true};
}

std::size_t FrameGate::wanted() const {
  const bool has_dependency =
      collected_ >= header_size && frame_.is(NGHTTP2_PRIORITY) && frame_.length == priority_size;
  return has_dependency ? header_size + dependency_size : header_size;
}

void FrameGate::read_header() {
  frame_.length = read_number(header_.data(), 3);
  frame_.type = std::to_integer<std::uint8_t>(header_[3]);
  frame_.flags = std::to_integer<std::uint8_t>(header_[4]);
  frame_.stream = read_number(header_.data() + 5, 4) & id_mask;
}

void FrameGate::note_frame() {
  if (frame_.is(NGHTTP2_SETTINGS) && payload_left_ == 0) has_settings_ = true;
  if (frame_.is(NGHTTP2_HEADERS)) continuations_ = 0;
  if (frame_.is(NGHTTP2_CONTINUATION)) ++continuations_;
  if (frame_.is(NGHTTP2_HEADERS) || frame_.is(NGHTTP2_CONTINUATION))
    is_in_block_ = !frame_.has(NGHTTP2_FLAG_END_HEADERS);
}

std::size_t FrameGate::skip_payload(std::size_t available) {
  const std::size_t n = std::min(payload_left_, available);
  payload_left_ -= n;
  if (payload_left_ == 0 && frame_.is(NGHTTP2_SETTINGS)) has_settings_ = true;
  return n;
}

}  // namespace ravelin::http::http2
