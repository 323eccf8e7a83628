// How often a durable call waits for the disk.
#ifndef ZEUS_BSO_TESTS_BENCH_FSYNC_COUNT_H_
#define ZEUS_BSO_TESTS_BENCH_FSYNC_COUNT_H_

#include <cstdint>

#include "tests/bench/load.h"
#include "tests/bench/prepared_stores.h"
#include "tests/bench/series.h"

namespace zeus::bso::bench {

// Starts trials through a Store in this process, and counts for each the syncs of the log that ended between its commit
// and its answer. The 99.9% quantile of that.
Series FsyncsWaitedFor(PreparedStores& stores, int64_t num_jobs, const LoadOptions& options);

// How long an fdatasync of 4 KiB takes on the disk of `directory`, in microseconds: the median of many.
double FdatasyncMicros(const std::string& directory);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_FSYNC_COUNT_H_
