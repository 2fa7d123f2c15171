#include "modules/waf/compiling_thread.h"

#include <sys/resource.h>

#include <utility>

namespace ravelin::waf {
namespace {

// A third of what a worker gets where processors are scarce: requests go first, but a gateway that is busy because
// the library judges all of them still gets its plan.
constexpr int niceness = 5;

// Never destroyed: a thread may ask for it at any time.
struct Current {
  std::mutex lock;
  std::weak_ptr<CompilingThread> thread;
};
Current& current() {
  static auto* const only = new Current;
  return *only;
}

}  // namespace

std::shared_ptr<CompilingThread> CompilingThread::of_process() {
  const std::lock_guard lock(current().lock);
  auto known = current().thread.lock();
  if (known == nullptr) current().thread = known = std::make_shared<CompilingThread>();
  return known;
}

CompilingThread::CompilingThread() : thread_([this] { run(); }) {}

CompilingThread::~CompilingThread() {
  {
    const std::lock_guard lock(lock_);
    is_ending_ = true;
  }
  has_changed_.notify_one();
  thread_.join();
}

void CompilingThread::add(Work work) {
  {
    const std::lock_guard lock(lock_);
    waiting_.push_back(std::move(work));
  }
  has_changed_.notify_one();
}

void CompilingThread::add_for_later(Work work) {
  {
    const std::lock_guard lock(lock_);
    later_.push_back(std::move(work));
  }
  has_changed_.notify_one();
}

void CompilingThread::run() {
  (void)::setpriority(PRIO_PROCESS, 0, niceness);  // Linux: of this thread
  while (const Work work = next()) work();
}

// Nothing when it is to end.
CompilingThread::Work CompilingThread::next() {
  std::unique_lock lock(lock_);
  has_changed_.wait(lock, [this] { return is_ending_ || !waiting_.empty() || !later_.empty(); });
  if (is_ending_) return {};
  std::deque<Work>& next = waiting_.empty() ? later_ : waiting_;
  Work work = std::move(next.front());
  next.pop_front();
  return work;
}

}  // namespace ravelin::waf
