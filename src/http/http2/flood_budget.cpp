#include "http/http2/flood_budget.h"

#include <algorithm>

namespace ravelin::http::http2 {

namespace {

struct Price {
  std::int32_t points;
  std::string_view name;
};

constexpr Price price(Waste waste) {
  switch (waste) {
    case Waste::reset: return {4, "RST_STREAM frames"};
    case Waste::provoked_reset: return {10, "streams that had to be reset"};
    case Waste::ping: return {2, "PING frames"};
    case Waste::settings: return {10, "SETTINGS frames"};
    case Waste::empty_data: return {5, "empty DATA frames"};
    case Waste::continuation: return {1, "CONTINUATION frames"};
    case Waste::priority: return {2, "PRIORITY frames"};
    case Waste::window_update: return {2, "WINDOW_UPDATE frames"};
    case Waste::unknown_frame: return {2, "frames of unknown types"};
    case Waste::stray_frame: return {1, "frames for closed streams"};
    case Waste::oversized_head: return {20, "oversized heads"};
    case Waste::slow_read: return {50, "responses that were not read"};
  }
  return {1000, ""};
}

constexpr std::uint32_t seconds_per_ping = 5;
constexpr std::int64_t resets_per_second = 10;

}  // namespace

bool FloodBudget::charge(Waste waste) {
  if (is_used_up()) return false;
  if (waste == Waste::ping && seconds_ >= seconds_per_ping) {
    seconds_ -= seconds_per_ping;
    return true;
  }
  if (waste == Waste::reset && resets_ > 0) {
    --resets_;
    return true;
  }
  points_ -= price(waste).points;
  last_ = waste;
  return !is_used_up();
}

void FloodBudget::pass_seconds(std::int64_t seconds) {
  constexpr std::int64_t most = 60;
  constexpr std::int64_t most_resets = 100;
  seconds = std::min(seconds, most);
  seconds_ = static_cast<std::uint32_t>(std::min(seconds_ + seconds, most));
  resets_ = static_cast<std::uint32_t>(std::min(resets_ + resets_per_second * seconds, most_resets));
}

void FloodBudget::credit_received(std::size_t bytes) {
  constexpr std::size_t bytes_per_point = 1024;
  const std::size_t sum = received_ + bytes;
  received_ = static_cast<std::uint32_t>(sum % bytes_per_point);
  credit(static_cast<std::int32_t>(std::min<std::size_t>(sum / bytes_per_point, static_cast<std::size_t>(capacity_))));
}

std::string_view FloodBudget::cause() const { return price(last_).name; }

void FloodBudget::credit(std::int32_t points) {
  if (!is_used_up()) points_ = std::min(points_ + points, capacity_);
}

}  // namespace ravelin::http::http2
