#include "observe/sink.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <fstream>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

namespace ravelin::observe {

namespace {

constexpr std::size_t keep_capacity = 1024 * 1024;

// Whether a process before this one has left half a line.
bool ends_amid_line(const std::string& path) {
  std::ifstream file;
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_size == 0) return false;
  file.open(path, std::ios::binary);
  return file.seekg(-1, std::ios::end) && file.get() != '\n' && file;
}

}  // namespace

std::size_t count_lines(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

Sink::Sink(SinkConfig config, Log& log, SharedCounter dropped)
    : config_(std::move(config)), log_(log), dropped_(dropped) {
  if (config_.target == SinkConfig::Target::file) return;
  fd_ = STDOUT_FILENO;
  struct stat status {};
  may_block_ = fstat(fd_, &status) == 0 && !S_ISREG(status.st_mode);
}

Sink::~Sink() { close(); }

void Sink::take(std::string_view lines) {
  if (pending_.size() - sent_ + lines.size() > config_.pending) {
    dropped_.add(count_lines(lines));
    return;
  }
  if (sent_ > pending_.size() / 2 && !has_begun_line()) pending_.erase(0, std::exchange(sent_, 0));
  pending_.append(lines);
}

void Sink::flush() {
  if (!is_failing_) retry();
}

void Sink::retry() {
  is_blocked_ = false;
  if (!is_behind() || !open()) return;
  while (is_behind()) {
    const std::string_view piece = next_piece();
    const ssize_t written = piece.empty() ? -1 : write(fd_, piece.data(), piece.size());
    if (written >= 0) {
      sent_ += static_cast<std::size_t>(written);
    } else if (piece.empty() || errno == EAGAIN) {
      is_blocked_ = true;
      return;
    } else if (errno != EINTR) {
      return fail("write to", errno);
    }
  }
  recover();
  pending_.clear();
  sent_ = 0;
  if (pending_.capacity() > keep_capacity) pending_.shrink_to_fit();
}

// A pipe that poll() calls writable takes PIPE_BUF bytes at least.
std::size_t Sink::room() const {
  if (!may_block_) return SIZE_MAX;
  pollfd ready{fd_, POLLOUT, 0};
  return poll(&ready, 1, 0) == 1 ? PIPE_BUF : 0;
}

// Whole lines to where others write, too, unless one is longer than may go at once.
std::string_view Sink::next_piece() const {
  const std::string_view queued = std::string_view(pending_).substr(sent_);
  const std::string_view piece = queued.substr(0, room());
  if (piece.size() == queued.size()) return piece;
  const std::size_t end = piece.rfind('\n');
  return end == std::string_view::npos ? piece : piece.substr(0, end + 1);
}

// What is left of a line is no use in another file.
void Sink::reopen() {
  retry();
  if (has_begun_line()) {
    sent_ = std::min(pending_.find('\n', sent_), pending_.size() - 1) + 1;
    dropped_.add(1);
  }
  close();
  if (open() && !is_behind()) recover();
}

void Sink::drop_pending() {
  if (is_amid_line() && room() > 0) (void)!write(fd_, "\n", 1);  // others go on behind it
  dropped_.add(count_lines(std::string_view(pending_).substr(sent_)));
  pending_.clear();
  sent_ = 0;
}

// Not blocking, for a path that is a pipe; a regular file does not care.
bool Sink::open() {
  if (fd_ >= 0) return true;
  fd_ = ::open(config_.path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, 0640);
  if (fd_ < 0) fail("open", errno);
  if (fd_ >= 0 && !has_begun_line() && ends_amid_line(config_.path)) (void)!write(fd_, "\n", 1);
  return fd_ >= 0;
}

void Sink::close() {
  if (fd_ >= 0 && config_.target == SinkConfig::Target::file) ::close(std::exchange(fd_, -1));
}

void Sink::fail(const char* what, int error) {
  // The next try opens the file anew: it may have been on a disk that went away.
  close();
  if (std::exchange(is_failing_, true)) return;
  const std::string where = config_.target == SinkConfig::Target::file ? config_.path : "standard output";
  log_.error("Cannot " + std::string(what) + " " + where + " for " + std::string(to_string(config_.kind)) +
             " events: " + std::generic_category().message(error) + "; it is tried again each second, up to " +
             std::to_string(config_.pending / 1024) +
             " KiB are kept, and what is lost is counted in ravelin_events_dropped_total.");
}

void Sink::recover() {
  if (!std::exchange(is_failing_, false)) return;
  log_.info("The " + std::string(to_string(config_.kind)) + " events of sink '" + config_.name +
            "' are written again.");
}

}  // namespace ravelin::observe
