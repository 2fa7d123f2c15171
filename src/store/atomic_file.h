#pragma once

#include <string>
#include <string_view>

#include "ravelin/result.h"

namespace ravelin::store {

/// AtomicFile replaces a file as a whole: written beside it, synced, renamed over it. Until commit()
/// the old file stays as it is; without commit() nothing is left behind. Blocks: not for a loop's
/// thread. One thread.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;
  ~AtomicFile();

  /// Failures are kept for commit().
  void append(std::string_view text);
  /// The error says which file and why, as a part of a sentence: "cannot write PATH: No space left on device".
  Result<void> commit();

 private:
  void flush();
  void fail(const char* what);
  void sync_folder();

  std::string path_;
  std::string beside_;
  std::string pending_;
  std::string problem_;
  int fd_ = -1;
};

}  // namespace ravelin::store
