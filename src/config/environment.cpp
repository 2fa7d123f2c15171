#include "config/environment.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

namespace ravelin::config {
namespace {

namespace fs = std::filesystem;

Error cannot_read(const std::string& path, std::string_view why) {
  return {"config:file", "cannot read " + path + ": " + std::string(why)};
}

class File {
 public:
  // Not blocking: a named pipe must not hold up the start.
  explicit File(const std::string& path) : fd_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  ~File() {
    if (is_open()) ::close(fd_);
  }
  bool is_open() const { return fd_ >= 0; }
  bool is_regular() const {
    struct stat status {};
    return ::fstat(fd_, &status) == 0 && S_ISREG(status.st_mode);
  }
  ssize_t read(char* data, std::size_t size) const { return ::read(fd_, data, size); }

 private:
  int fd_;
};

}  // namespace

std::optional<std::string> ProcessEnvironment::variable(const std::string& name) const {
  const char* value = std::getenv(name.c_str());
  return value == nullptr ? std::nullopt : std::optional<std::string>(value);
}

bool ProcessEnvironment::has_file(const std::string& path) const {
  std::error_code error;
  return fs::exists(path, error);
}

Result<std::string> ProcessEnvironment::read_file(const std::string& path, std::size_t limit) const {
  const File file(path);
  if (!file.is_open()) return cannot_read(path, std::strerror(errno));
  if (!file.is_regular()) return cannot_read(path, "it is not a regular file");
  std::string content;
  char piece[16 * 1024];
  while (true) {
    const ssize_t size = file.read(piece, sizeof piece);
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return cannot_read(path, std::strerror(errno));
    if (size == 0) return content;
    content.append(piece, static_cast<std::size_t>(size));
    if (content.size() > limit) return cannot_read(path, "it is larger than " + std::to_string(limit) + " bytes");
  }
}

Result<std::vector<std::string>> ProcessEnvironment::list(const std::string& directory) const {
  std::vector<std::string> names;
  std::error_code error;
  for (fs::directory_iterator at(directory, error), end; !error && at != end; at.increment(error)) {
    names.push_back(at->path().filename().string());
  }
  if (error == std::errc::no_such_file_or_directory) return names;
  if (error) return cannot_read(directory, error.message());
  return names;
}

std::string ProcessEnvironment::absolute(const std::string& path) const {
  std::error_code error;
  const fs::path result = fs::absolute(path, error);
  return error ? path : result.lexically_normal().string();
}

}  // namespace ravelin::config
