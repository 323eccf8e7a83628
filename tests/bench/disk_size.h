// What trials take on the disk.
#ifndef ZEUS_BSO_TESTS_BENCH_DISK_SIZE_H_
#define ZEUS_BSO_TESTS_BENCH_DISK_SIZE_H_

#include "tests/bench/layout.h"
#include "tests/bench/prepared_stores.h"

namespace zeus::bso::bench {

// Bytes of all tables of a compacted store with this layout, as a multiple of those of its serialized trials. What jobs
// and arms take is counted in, so the jobs should be few.
double DiskPerSerialized(PreparedStores& stores, const Layout& layout);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_DISK_SIZE_H_
