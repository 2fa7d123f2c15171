#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include <nghttp2/nghttp2.h>

namespace ravelin::http::http2 {

/// FrameHeader is the nine bytes before every frame's payload (RFC 9113 section 4.1).
struct FrameHeader {
  std::uint32_t length = 0;
  std::uint8_t type = 0;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;

  bool has(nghttp2_flag flag) const { return (flags & flag) != 0; }
  bool is(nghttp2_frame_type wanted) const { return type == wanted; }
};

/// FrameGate finds the frames in what is received, before nghttp2 reads them: so every frame can be
/// judged and paid for, those included that nghttp2 ignores without telling anyone. It holds no
/// payload but the first four bytes of PRIORITY.
class FrameGate {
 public:
  /// `preface_size` bytes come before the first frame.
  explicit FrameGate(std::size_t preface_size) : preface_left_(preface_size) {}

  /// Step says what the next bytes are: `size` of them, and whether with them a new frame's header
  /// is whole, in which case frame() should be judged before they are passed on.
  struct Step {
    std::size_t size = 0;
    bool is_new_frame = false;
  };

  /// Moves past the next bytes: at most to the end of the current frame. `bytes` must not be empty.
  Step advance(std::span<const std::byte> bytes);

  /// How many of the next bytes, at most `most`, reach to the end of a frame, if those behind the current one
  /// are as long as frames may be, as they are amid a large body. To be read at once: a piece of a frame that
  /// is left over would have to be passed on by itself.
  std::size_t whole_frames(std::size_t most) const;

  const FrameHeader& frame() const { return frame_; }
  /// The stream that a PRIORITY frame depends on; only when frame() is one of the right length.
  std::uint32_t dependency() const;
  /// CONTINUATION frames in the header block so far.
  std::size_t continuations() const { return continuations_; }
  /// Whether the peer has begun something it must finish soon: the connection preface with its
  /// SETTINGS, a header block, or any frame but DATA.
  bool is_amid_head() const { return !has_settings_ || is_in_block_ || is_amid_control_frame(); }

 private:
  bool is_amid_control_frame() const { return collected_ > 0 || (payload_left_ > 0 && !frame_.is(NGHTTP2_DATA)); }
  Step collect(std::span<const std::byte> bytes);
  std::size_t wanted() const;
  void read_header();
  void note_frame();
  std::size_t skip_payload(std::size_t available);

  std::size_t preface_left_;
  std::array<std::byte, 13> header_{};  // nine bytes of header, and PRIORITY's dependency
  std::size_t collected_ = 0;           // of the header of the next frame
  FrameHeader frame_;
  std::size_t payload_left_ = 0;
  std::size_t continuations_ = 0;
  bool is_in_block_ = false;
  bool has_settings_ = false;
};

}  // namespace ravelin::http::http2
