// The storage and all that stands on it, in this process and without gRPC.
#ifndef ZEUS_BSO_TESTS_BENCH_MICRO_STORE_H_
#define ZEUS_BSO_TESTS_BENCH_MICRO_STORE_H_

#include <memory>
#include <random>
#include <string>
#include <utility>

#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/bench/layout.h"
#include "tests/bench/must.h"
#include "tests/bench/store_loader.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::bench {

// A store of a thousand jobs that waits for no disk.
class MicroStore {
 public:
  explicit MicroStore(PolicyKind policy) : jobs_{.name = "job", .num_jobs = 1000, .policy = policy, .num_trials = 10} {
    Must(LoadStore({{jobs_}}, directory_.path()));
    store_ = Must(storage::Store::Open(Must(storage::OpenRocksDb(directory_.path())), storage::Durability::kAsync));
  }

  storage::Store& store() { return *store_; }

  std::string RandomJobId() {
    return jobs_.JobId(std::uniform_int_distribution<int64_t>(0, jobs_.num_jobs - 1)(random_));
  }

  // Runs the body, and does not wait for the write.
  void Transact(storage::Store::Body body) {
    store_->Transact(std::move(body), [](const absl::Status& status) { Must(status); });
  }

 private:
  const JobGroup jobs_;
  std::minstd_rand random_;
  testing::TempDir directory_;
  std::unique_ptr<storage::Store> store_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_MICRO_STORE_H_
