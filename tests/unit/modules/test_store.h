#pragma once

#include "base/siphash.h"
#include "ravelin/testing/bench_metrics.h"
#include "store/memory_store.h"

namespace ravelin {

/// TestStore is the real store in memory, small and with the same keys in every run.
struct TestStore {
  testing::BenchLog log;
  store::MemoryStore memory{store::Capacities{1024, 1024, 8192, 8192}, log, SipHash(1, 2)};
};

}  // namespace ravelin
