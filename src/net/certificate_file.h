#pragma once

#include <cstdint>
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

/// FileStamp tells a file from the one that takes its place; a default one is of a file that is not there.
struct FileStamp {
  std::uint64_t inode = 0;
  std::int64_t size = 0;
  Duration modified{};
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

FileStamp stamp_of(const std::string& path);

}  // namespace ravelin::net
