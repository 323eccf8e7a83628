#include "tests/torture/workload.h"

#include <memory>
#include <optional>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/clock.h"
#include "tests/support/watch.h"
#include "tests/torture/trainer.h"

namespace zeus::bso::torture {
namespace {

constexpr int kJobs = 4;
constexpr int kTrainers = 3;
constexpr absl::Duration kMostThought = absl::Milliseconds(6);  // Between two steps of a trainer.
constexpr absl::Duration kAfterFailure = absl::Milliseconds(20);

// Watches a job until it is stopped, also when the server is gone meanwhile.
class Watcher {
 public:
  Watcher(const std::string& address, std::string job_id, History& history)
      : client_(address), job_id_(std::move(job_id)), history_(history), thread_([this] { Run(); }) {}

  ~Watcher() {
    {
      absl::MutexLock lock(&mutex_);
      stopped_ = true;
      if (watch_ != nullptr) watch_->Cancel();
    }
    thread_.join();
  }

 private:
  void Run() {
    while (true) {
      const int64_t begin_ns = NowNs();
      {
        absl::MutexLock lock(&mutex_);
        if (stopped_) return;
        watch_ = std::make_unique<testing::Watch>(client_, std::nullopt, job_id_);
      }
      while (const std::optional<v1::JobEvent> event = watch_->TryNext()) Record(*event, begin_ns);
      absl::SleepFor(kAfterFailure);
    }
  }

  void Record(const v1::JobEvent& event, int64_t begin_ns) {
    Call call = {.deed = Deed::kSeen, .outcome = Outcome::kAnswered};
    if (event.has_trial_started() || event.has_trial_ended()) {
      const v1::Trial& trial = event.has_trial_started() ? event.trial_started() : event.trial_ended();
      call.trial_number = trial.trial_number();
      call.trial = ToModel(trial);
    } else if (event.has_job_deleted()) {
      call.deed = Deed::kSeenDeletion;
    } else {
      return;
    }
    history_.Add(job_id_, call, begin_ns);
  }

  testing::RpcClient client_;
  const std::string job_id_;
  History& history_;
  absl::Mutex mutex_;
  bool stopped_ ABSL_GUARDED_BY(mutex_) = false;
  std::unique_ptr<testing::Watch> watch_;  // Replaced by the thread with the mutex held.
  std::thread thread_;
};

void Train(Trainer trainer, std::mt19937_64 random, const std::atomic<bool>& stopped) {
  const std::vector<std::string> jobs = JobIds();
  while (!stopped) {
    const bool ok = trainer.Step(jobs[random() % jobs.size()]);
    absl::SleepFor(ok ? kMostThought * std::uniform_real_distribution<double>(0, 1)(random) : kAfterFailure);
  }
}

}  // namespace

std::vector<std::string> JobIds() {
  std::vector<std::string> ids;
  for (int i = 0; i < kJobs; ++i) ids.push_back(absl::StrCat("job-", i));
  return ids;
}

Workload::Workload(const std::string& address, uint64_t seed, History& history) {
  for (uint64_t i = 0; i < kTrainers; ++i) {
    threads_.emplace_back([this, address, &history, seed, i] {
      const uint64_t own_seed = seed * kTrainers + i;
      Train(Trainer(address, absl::StrCat("trainer-", i), own_seed, history), std::mt19937_64(~own_seed), stopped_);
    });
  }
  threads_.emplace_back([this, address, &history] {
    std::vector<std::unique_ptr<Watcher>> watchers;
    for (const std::string& id : JobIds()) watchers.push_back(std::make_unique<Watcher>(address, id, history));
    while (!stopped_) absl::SleepFor(absl::Milliseconds(5));
  });
}

Workload::~Workload() { Stop(); }

void Workload::Stop() {
  stopped_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace zeus::bso::torture
