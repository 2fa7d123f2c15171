#include "store/atomic_file.h"

#include <cerrno>
#include <cstdio>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

namespace ravelin::store {

namespace {
constexpr std::size_t write_size = 256 * 1024;
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)), beside_(path_ + ".new") {
  fd_ = open(beside_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd_ < 0) fail("create");
}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(beside_.c_str());
}

void AtomicFile::append(std::string_view text) {
  pending_.append(text);
  if (pending_.size() >= write_size) flush();
}

void AtomicFile::flush() {
  std::string_view rest = pending_;
  while (!rest.empty() && problem_.empty()) {
    const ssize_t written = write(fd_, rest.data(), rest.size());
    if (written >= 0) {
      rest.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno != EINTR) {
      fail("write");
    }
  }
  pending_.clear();
}

Result<void> AtomicFile::commit() {
  flush();
  if (problem_.empty() && fsync(fd_) != 0) fail("sync");
  if (problem_.empty() && std::rename(beside_.c_str(), path_.c_str()) != 0) fail("replace");
  if (!problem_.empty()) return Error{"store:snapshot", problem_};
  close(std::exchange(fd_, -1));
  sync_folder();
  return {};
}

// The rename itself must survive a power cut; where a folder cannot be synced nothing is lost but that.
void AtomicFile::sync_folder() {
  const std::size_t slash = path_.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path_.substr(0, slash + 1);
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return;
  fsync(fd);
  close(fd);
}

void AtomicFile::fail(const char* what) {
  const std::string why = std::generic_category().message(errno);
  problem_ = std::string("cannot ") + what + " " + beside_ + ": " + why;
}

}  // namespace ravelin::store
