// What the storage alone can do: commits of the shape of a StartTrial, in this process, without gRPC or policy.
#ifndef ZEUS_BSO_TESTS_BENCH_ENGINE_COMMITS_H_
#define ZEUS_BSO_TESTS_BENCH_ENGINE_COMMITS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "storage/committer.h"
#include "storage/engine.h"
#include "tests/bench/layout.h"
#include "tests/bench/load.h"
#include "tests/bench/workers.h"

namespace zeus::bso::bench {

class EngineCommits {
 public:
  // On the store in `directory`, which has these jobs.
  EngineCommits(const std::string& directory, const JobGroup& jobs);

  // A unit of work reads a random job's row, writes it and a new trial's row, and waits for the disk. Its
  // CPU is that of this process.
  Measurement Measure(const LoadOptions& options);

 private:
  Task CommitOnce(Slot& slot);
  absl::StatusOr<std::shared_ptr<const storage::WriteBatch>> MakeBatch(const std::string& job_id, int64_t number);

  const JobGroup jobs_;
  const std::unique_ptr<storage::Engine> engine_;
  std::atomic<int64_t> num_trials_ = 0;
  storage::Committer committer_;
  Workers workers_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_ENGINE_COMMITS_H_
