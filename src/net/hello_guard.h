#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace ravelin::net {

/// HelloGuard reads along with the plaintext records of a handshake and stops a ClientHello that claims
/// to be large: OpenSSL allocates the 128 KiB it allows as soon as the message's four bytes of header
/// have come, so 9 bytes would buy that much memory for as long as the handshake may take.
class HelloGuard {
 public:
  static constexpr std::size_t largest = 16 * 1024;  // a hybrid key share and a large ticket take 3 KiB

  /// Looks at the next bytes from the client, as OpenSSL takes them; false if they are to be refused.
  /// `version` is that of the handshake so far: in TLS 1.2 all is encrypted after ChangeCipherSpec, in
  /// 1.3 a second ClientHello may follow it (RFC 8446 appendix D.4), or an alert that ends nothing.
  bool admits(std::span<const std::byte> bytes, int version);

 private:
  enum class State : std::uint8_t { record_head, handshake, other_record, off };

  void begin_record(int version);
  std::size_t read_handshake(std::span<const std::byte> bytes);
  bool is_too_large() const;

  State state_ = State::record_head;
  std::array<std::uint8_t, 5> record_head_{};
  std::array<std::uint8_t, 4> message_head_{};  // may be split between records
  std::size_t record_have_ = 0;
  std::size_t message_have_ = 0;
  std::size_t record_left_ = 0;
  std::size_t message_left_ = 0;  // of the body, once its head is whole
};

}  // namespace ravelin::net
