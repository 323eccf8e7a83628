#include "tests/bench/engine_commits.h"

#include <unistd.h>

#include <coroutine>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "model/status_macros.h"
#include "storage/keys.h"
#include "storage/records.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "tests/bench/must.h"

namespace zeus::bso::bench {
namespace {

// Goes on when the batch is on the disk.
struct OnDisk {
  storage::Committer& committer;
  std::shared_ptr<const storage::WriteBatch> batch;
  absl::Status status = {};

  bool await_ready() const noexcept { return false; }
  // Not inlined: see calls.h.
  [[gnu::noinline]] bool await_suspend(std::coroutine_handle<> waiting) {
    absl::Status queued =
        committer.Enqueue(batch, committer.generation(), [this, waiting](const absl::Status& written) {
          status = written;
          waiting.resume();
        });
    if (queued.ok()) return true;  // This may be gone.
    status = std::move(queued);
    return false;
  }
  absl::Status await_resume() { return std::move(status); }
};

grpc::Status ToGrpc(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.raw_code()), std::string(status.message())};
}

}  // namespace

EngineCommits::EngineCommits(const std::string& directory, const JobGroup& jobs)
    : jobs_(jobs), engine_(Must(storage::OpenRocksDb(directory))), committer_(*engine_, {.clear_cache = [] {}}) {}

Measurement EngineCommits::Measure(const LoadOptions& options) {
  return bench::Measure(options, nullptr, getpid(), [this](Slot& slot) { return CommitOnce(slot); });
}

Task EngineCommits::CommitOnce(Slot& slot) {
  co_await workers_.Switch();
  const std::string job_id = jobs_.JobId(slot.Pick(jobs_.num_jobs));
  const int64_t number = num_trials_.fetch_add(1);
  absl::StatusOr<std::shared_ptr<const storage::WriteBatch>> batch = MakeBatch(job_id, number);
  if (!batch.ok()) co_return ToGrpc(batch.status());
  OnDisk on_disk{committer_, *std::move(batch)};
  co_return ToGrpc(co_await on_disk);
}

absl::StatusOr<std::shared_ptr<const storage::WriteBatch>> EngineCommits::MakeBatch(const std::string& job_id,
                                                                                    int64_t number) {
  ZB_ASSIGN_OR_RETURN(std::optional<std::string> job, engine_->TakeSnapshot()->Get(storage::Table::kJobs, job_id));
  Trial trial;
  trial.batch_size = kDefaultBatchSize;
  trial.type = TrialType::kMab;
  trial.start_time = absl::Now();
  // The uid is of no job, and spread over the table as those of jobs are.
  const storage::Uid uid = (storage::Uid{1} << 63) + static_cast<storage::Uid>(number % jobs_.num_jobs);
  auto batch = std::make_shared<storage::WriteBatch>();
  batch->Put(storage::Table::kTrials, storage::TrialRowKey(uid, number + 1), storage::EncodeTrial(trial));
  batch->Put(storage::Table::kJobs, job_id, std::move(job).value_or(""));
  batch->must_sync = true;
  return batch;
}

}  // namespace zeus::bso::bench
