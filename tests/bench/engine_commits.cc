#include "tests/bench/engine_commits.h"

#include <unistd.h>

#include <coroutine>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "storage/keys.h"
#include "storage/records.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "tests/bench/must.h"

namespace zeus::bso::bench {
namespace {

// Goes on when the disk has what was committed.
struct OnDisk {
  storage::DurabilityGate& gate;
  absl::Status status = {};

  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> waiting) {
    gate.Wait([this, waiting](absl::Status outcome) {
      status = std::move(outcome);
      waiting.resume();
    });
  }
  absl::Status await_resume() { return std::move(status); }
};

grpc::Status ToGrpc(const absl::Status& status) {
  return {static_cast<grpc::StatusCode>(status.raw_code()), std::string(status.message())};
}

}  // namespace

EngineCommits::EngineCommits(const std::string& directory, const JobGroup& jobs)
    : jobs_(jobs), engine_(Must(storage::OpenRocksDb(directory))), gate_(*engine_) {}

Measurement EngineCommits::Measure(const LoadOptions& options) {
  return bench::Measure(options, nullptr, getpid(), [this](Slot& slot) { return CommitOnce(slot); });
}

Task EngineCommits::CommitOnce(Slot& slot) {
  co_await workers_.Switch();
  const std::string job_id = jobs_.JobId(slot.Pick(jobs_.num_jobs));
  const int64_t number = num_trials_.fetch_add(1);
  absl::Status status = Commit(job_id, number);
  while (HasReason(status, Reason::kLostRace)) {
    ++slot.repeats;
    status = Commit(job_id, number);
  }
  if (status.ok()) {
    OnDisk on_disk{gate_};
    status = co_await on_disk;
  }
  co_return ToGrpc(status);
}

absl::Status EngineCommits::Commit(const std::string& job_id, int64_t number) {
  const std::unique_ptr<storage::Transaction> transaction = engine_->Begin(storage::Isolation::kSnapshot);
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> job, transaction->Get(storage::Table::kJobs, job_id));
  Trial trial;
  trial.batch_size = kDefaultBatchSize;
  trial.type = TrialType::kMab;
  trial.start_time = absl::Now();
  // The uid is of no job, and spread over the table as those of jobs are.
  const storage::Uid uid = (storage::Uid{1} << 63) + static_cast<storage::Uid>(number % jobs_.num_jobs);
  ZB_RETURN_IF_ERROR(
      transaction->Put(storage::Table::kTrials, storage::TrialRowKey(uid, number + 1), storage::EncodeTrial(trial)));
  ZB_RETURN_IF_ERROR(transaction->Put(storage::Table::kJobs, job_id, job.value_or("")));
  return transaction->Commit();
}

}  // namespace zeus::bso::bench
