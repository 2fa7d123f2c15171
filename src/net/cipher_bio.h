#pragma once

#include <cstddef>
#include <span>
#include <string_view>

#include "net/openssl.h"
#include "net/transport.h"

namespace ravelin::net {

/// CipherEnds is where OpenSSL gets sealed bytes from and puts them.
class CipherEnds {
 public:
  struct Drawn {
    std::size_t bytes = 0;
    IoStatus status = IoStatus::blocked;  // why there were none
  };

  virtual ~CipherEnds() = default;
  /// Moves at most `into.size()` received bytes to `into`.
  virtual Drawn draw(std::span<std::byte> into) = 0;
  /// Takes sealed bytes; never refuses.
  virtual void put(std::string_view sealed) = 0;
};

/// A BIO over `ends`, which outlives it. It does not tell OpenSSL of the end of the connection, which
/// would then refuse to write as well; a read that fails without a retry says the same.
OpensslPtr<BIO> make_cipher_bio(CipherEnds& ends);

}  // namespace ravelin::net
