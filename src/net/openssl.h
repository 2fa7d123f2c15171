#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <memory>

/// OpenSSL's objects as owners.
namespace ravelin::net {

struct FreeOpenssl {
  void operator()(BIO* p) const { BIO_free(p); }
  void operator()(SSL* p) const { SSL_free(p); }
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
  void operator()(SSL_SESSION* p) const { SSL_SESSION_free(p); }
  void operator()(X509* p) const { X509_free(p); }
  void operator()(STACK_OF(X509) * p) const { sk_X509_pop_free(p, X509_free); }
  void operator()(EVP_PKEY* p) const { EVP_PKEY_free(p); }
  void operator()(EVP_CIPHER* p) const { EVP_CIPHER_free(p); }
  void operator()(GENERAL_NAMES* p) const { GENERAL_NAMES_free(p); }
};

template <class T>
using OpensslPtr = std::unique_ptr<T, FreeOpenssl>;

using SslPtr = OpensslPtr<SSL>;
using SessionPtr = OpensslPtr<SSL_SESSION>;
// style: allow name, because SSL_CTX is what OpenSSL calls it
using SslContextPtr = OpensslPtr<SSL_CTX>;
using X509Ptr = OpensslPtr<X509>;
using X509Chain = OpensslPtr<STACK_OF(X509)>;
using KeyPtr = OpensslPtr<EVP_PKEY>;

/// Empties this thread's queue of errors. OpenSSL 3 clears all sixteen places of it, empty or not, which costs
/// as much as sealing a short record: so only if there is one.
inline void forget_openssl_errors() {
  if (ERR_peek_error() != 0) ERR_clear_error();
}

}  // namespace ravelin::net
