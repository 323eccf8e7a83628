#include "tests/bench/fsync_count.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <coroutine>
#include <memory>
#include <span>
#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "server/service/optimizer.h"
#include "server/service/zeus_service.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/bench/arrivals.h"
#include "tests/bench/must.h"
#include "tests/bench/subject.h"
#include "tests/bench/workers.h"
#include "tests/support/engine_decorator.h"

namespace zeus::bso::bench {
namespace {

// Counts the syncs that have ended.
class CountingEngine : public testing::EngineDecorator {
 public:
  explicit CountingEngine(std::unique_ptr<storage::Engine> engine)
      : EngineDecorator(*engine), engine_(std::move(engine)) {}

  absl::Status Write(std::span<const storage::WriteBatch* const> batches, bool sync) override {
    absl::Status status = EngineDecorator::Write(batches, sync);
    num_syncs_ += sync ? 1 : 0;
    return status;
  }

  int64_t num_syncs() const { return num_syncs_; }

 private:
  const std::unique_ptr<storage::Engine> engine_;
  std::atomic<int64_t> num_syncs_ = 0;
};

// A StartTrial through a store, awaited until it is answered.
class StoreCall {
 public:
  StoreCall(storage::Store& store, const CountingEngine& engine, std::string job_id)
      : store_(store), engine_(engine), job_id_(std::move(job_id)) {}

  bool await_ready() const noexcept { return false; }
  [[gnu::noinline]] void await_suspend(std::coroutine_handle<> waiting) {
    store_.Transact(
        [this](storage::Session& session) {
          syncs_before_ = engine_.num_syncs();
          ZeusService service(session, absl::Now());
          return Optimizer(service).StartTrial(job_id_).status();
        },
        [this, waiting](const absl::Status& status) {
          status_ = status;
          syncs_ = engine_.num_syncs() - syncs_before_;
          waiting.resume();
        });
  }
  absl::Status await_resume() { return std::move(status_); }

  int64_t syncs() const { return syncs_; }

 private:
  storage::Store& store_;
  const CountingEngine& engine_;
  const std::string job_id_;
  std::atomic<int64_t> syncs_before_ = 0;  // Of the body's last run.
  int64_t syncs_ = 0;
  absl::Status status_;
};

// Calls by how many syncs they waited for; the last entry has those with more.
using Counts = std::array<std::atomic<int64_t>, 16>;

double Quantile(const Counts& counts, double quantile) {
  double all = 0;
  for (const auto& count : counts) all += static_cast<double>(count);
  double seen = 0;
  for (size_t i = 0; i < counts.size(); ++i) {
    seen += static_cast<double>(counts[i]);
    if (seen >= quantile * all) return static_cast<double>(i);
  }
  return 0;
}

Task CountOne(Slot& slot, Workers& workers, storage::Store& store, const CountingEngine& engine, const JobGroup& jobs,
              Counts& counts) {
  co_await workers.Switch();
  StoreCall call(store, engine, jobs.JobId(slot.Pick(jobs.num_jobs)));
  Must(co_await call);
  ++counts[std::min(static_cast<size_t>(call.syncs()), counts.size() - 1)];
  co_return grpc::Status::OK;
}

}  // namespace

Series FsyncsWaitedFor(PreparedStores& stores, int64_t num_jobs, const LoadOptions& options) {
  const SubjectJobs jobs(num_jobs);
  auto engine = std::make_unique<CountingEngine>(Must(storage::OpenRocksDb(stores.Copy(jobs.layout()))));
  const CountingEngine& counting = *engine;
  const auto store = Must(storage::Store::Open(std::move(engine), storage::Durability::kSync));
  Counts counts = {};
  Workers workers;
  Measure(options, nullptr, getpid(),
          [&](Slot& slot) { return CountOne(slot, workers, *store, counting, jobs.mab, counts); });
  return Series({Quantile(counts, 0.999)});
}

double FdatasyncMicros(const std::string& directory) {
  const std::string path = directory + "/fdatasync";
  const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const std::string block(4096, 'x');
  Series micros;
  for (int i = 0; i < 200; ++i) {
    const Clock::time_point begin = Clock::now();
    if (write(file, block.data(), block.size()) < 0 || fdatasync(file) != 0) break;
    micros.Add(std::chrono::duration<double, std::micro>(Clock::now() - begin).count());
  }
  close(file);
  unlink(path.c_str());
  return micros.median();
}

}  // namespace zeus::bso::bench
