#include "net/versions.h"

#include <openssl/crypto.h>

namespace ravelin::net {

std::string tls_library() { return OpenSSL_version(OPENSSL_VERSION); }

}  // namespace ravelin::net
