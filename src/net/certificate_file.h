#pragma once

#include <string>
#include <vector>

#include "net/openssl.h"
#include "ravelin/loop.h"
#include "ravelin/result.h"

namespace ravelin::net {

/// CertificateFile is a certificate with its chain and key, as read from their PEM files.
struct CertificateFile {
  std::string path;
  X509Ptr leaf;
  X509Chain chain;  // the rest of the file, in its order
  KeyPtr key;
  std::vector<std::string> names;  // DNS names, lower-case; "*.example.com" for a wildcard
  WallTime not_before;
  WallTime not_after;
  std::vector<std::string> warnings;  // sentences: it works, but the operator should know
};

/// Reads the files and checks that the key belongs to the certificate. Outdated certificates are a
/// warning, not an error: a gateway that does not come up helps nobody.
Result<CertificateFile> read_certificate(const std::string& cert_path, const std::string& key_path, WallTime now);

}  // namespace ravelin::net
