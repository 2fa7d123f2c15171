#pragma once

#include <cstdint>

namespace ravelin::net {

/// Descriptors divides what the process may open (RLIMIT_NOFILE): clients leave an eighth to
/// connections to upstreams, and both leave a reserve to the admin endpoint, logs and reloads.
///
/// The bounds are descriptor numbers. The kernel gives the lowest that is free (POSIX), so one that is
/// at or above a bound says that all below it are in use, by whichever thread, and nothing need be counted.
struct Descriptors {
  int all = 0;            // what the process may open
  int for_clients = 0;    // the end of what accepted connections may have
  int for_upstreams = 0;  // the end of what dialled connections may have

  /// By the limit in force now. Any thread.
  static Descriptors of_process();
  static Descriptors of(std::uint64_t limit);
  /// How many clients fit, if each needs a connection to an upstream as well.
  int most_clients() const { return for_upstreams / 2; }
};

/// Raises the limit in force to the highest that the process may set for itself.
void raise_descriptor_limit();

}  // namespace ravelin::net
