#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "upstream/balancer.h"
#include "upstream/pool.h"
#include "upstream/upstream.h"

namespace ravelin::upstream {

/// Pools is one worker's pools, by upstream and endpoint. They outlive a reload: a generation with the
/// same endpoint and the same settings goes on with the same connections.
class Pools {
 public:
  Pools(Loop& loop, connection::Turn& turn, BlockPool& blocks, Dialer& dialer)
      : loop_(loop), turn_(turn), blocks_(blocks), dialer_(dialer) {}
  Pools(const Pools&) = delete;
  Pools& operator=(const Pools&) = delete;

  /// A balancer over the pools of `upstream`, which must outlive it. Give it back with release().
  std::unique_ptr<Balancer> make_balancer(const Upstream& upstream);
  /// Pools that no balancer uses any more close their idle connections.
  void release(std::unique_ptr<Balancer> balancer);
  /// Forgets unused pools whose last connection has gone; costs nothing while there is none.
  void sweep();
  /// Closes what is idle; busy connections close when their stream ends.
  void shut_down();
  /// Closes everything now.
  void abort(const Error& why);
  /// Connections of all pools.
  std::size_t connections() const;

 private:
  struct Entry {
    std::unique_ptr<Pool> pool;
    std::size_t users = 0;
  };
  Entry& entry_for(const Upstream& upstream, const Endpoint& endpoint);

  Loop& loop_;
  connection::Turn& turn_;
  BlockPool& blocks_;
  Dialer& dialer_;
  std::map<std::string, Entry> entries_;
  std::size_t unused_ = 0;  // entries without users
};

}  // namespace ravelin::upstream
