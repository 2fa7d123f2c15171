#pragma once

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <memory>
#include <mutex>

#include "net/openssl.h"
#include "ravelin/loop.h"

namespace ravelin::net {

/// TicketKeys is what TLS session tickets are sealed with: one per process, shared by workers,
/// listeners and generations, so that a client resumes wherever it lands. Made at start, kept in memory
/// only. Any thread but for rotate_by(); outlives every Certificates that uses it.
class TicketKeys {
 public:
  /// How long a ticket is good for.
  static constexpr std::chrono::seconds lifetime = std::chrono::hours(12);

  TicketKeys();
  TicketKeys(const TicketKeys&) = delete;
  TicketKeys& operator=(const TicketKeys&) = delete;
  ~TicketKeys();

  /// Seals with a new key from now on. The one before still opens tickets, older ones do not: call it
  /// once per `lifetime`, so that no stolen key opens more than two lifetimes of recorded traffic of TLS 1.2.
  void rotate();
  /// Rotates once per `lifetime` from now on, by `loop`, on whose thread it is called and the keys end.
  void rotate_by(Loop& loop);
  /// Makes `context` seal and open its tickets with these keys.
  void use_in(SSL_CTX* context);

 private:
  struct Key {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
    bool is_set = false;
  };

  static int ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                    int is_sealing);
  int seal(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) const;
  int open(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) const;
  /// A copy of the key of that name; not set if it is unknown.
  Key find(const unsigned char* name) const;
  Key current() const;

  mutable std::mutex mutex_;  // taken once per handshake; guards both keys
  Key current_;
  Key previous_;
  const OpensslPtr<EVP_CIPHER> cipher_;  // looked up once: each look-up by name costs as much as sealing
  std::unique_ptr<Timer> rotation_;
};

}  // namespace ravelin::net
