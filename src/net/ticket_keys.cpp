#include "net/ticket_keys.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

namespace ravelin::net {

namespace {

// What the callback of SSL_CTX_set_tlsext_ticket_key_evp_cb answers.
constexpr int no_ticket = 0;
constexpr int good_ticket = 1;
constexpr int good_but_renew = 2;
constexpr int failure = -1;

bool set_mac(EVP_MAC_CTX* mac, const std::array<unsigned char, 32>& key) {
  char digest[] = "SHA256";
  const OSSL_PARAM settings[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
                                 OSSL_PARAM_construct_end()};
  return EVP_MAC_init(mac, key.data(), key.size(), settings) == 1;
}

}  // namespace

TicketKeys::TicketKeys() : cipher_(EVP_CIPHER_fetch(nullptr, "AES-256-CBC", nullptr)) { rotate(); }

TicketKeys::~TicketKeys() {
  OPENSSL_cleanse(&current_, sizeof current_);
  OPENSSL_cleanse(&previous_, sizeof previous_);
}

void TicketKeys::rotate() {
  Key key;
  key.is_set = RAND_bytes(key.name.data(), static_cast<int>(key.name.size())) == 1 &&
               RAND_priv_bytes(key.cipher.data(), static_cast<int>(key.cipher.size())) == 1 &&
               RAND_priv_bytes(key.mac.data(), static_cast<int>(key.mac.size())) == 1;
  const std::lock_guard lock(mutex_);
  previous_ = current_;
  current_ = key;
}

void TicketKeys::rotate_by(Loop& loop) {
  rotation_ = loop.after(lifetime, [this] {
    rotate();
    rotation_->arm(lifetime);
  });
}

void TicketKeys::use_in(SSL_CTX* context) {
  SSL_CTX_set_ex_data(context, 0, this);  // index 0 is the application's
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, ticket);
  SSL_CTX_set_timeout(context, lifetime.count());
}

TicketKeys::Key TicketKeys::current() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

TicketKeys::Key TicketKeys::find(const unsigned char* name) const {
  const std::lock_guard lock(mutex_);
  if (std::equal(current_.name.begin(), current_.name.end(), name)) return current_;
  if (std::equal(previous_.name.begin(), previous_.name.end(), name)) return previous_;
  return {};
}

int TicketKeys::ticket(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                       int is_sealing) {
  const auto& keys = *static_cast<const TicketKeys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), 0));
  return is_sealing != 0 ? keys.seal(name, iv, cipher, mac) : keys.open(name, iv, cipher, mac);
}

int TicketKeys::seal(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac) const {
  const Key key = current();
  if (!key.is_set || cipher_ == nullptr) return no_ticket;
  if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(cipher_.get())) != 1) return no_ticket;
  std::copy(key.name.begin(), key.name.end(), name);
  if (EVP_EncryptInit_ex2(cipher, cipher_.get(), key.cipher.data(), iv, nullptr) != 1) return failure;
  return set_mac(mac, key.mac) ? good_ticket : failure;
}

int TicketKeys::open(const unsigned char* name, const unsigned char* iv, EVP_CIPHER_CTX* cipher,
                     EVP_MAC_CTX* mac) const {
  const Key key = find(name);
  if (!key.is_set || cipher_ == nullptr) return no_ticket;
  if (!set_mac(mac, key.mac)) return failure;
  if (EVP_DecryptInit_ex2(cipher, cipher_.get(), key.cipher.data(), iv, nullptr) != 1) return failure;
  return key.name == current().name ? good_ticket : good_but_renew;
}

}  // namespace ravelin::net
