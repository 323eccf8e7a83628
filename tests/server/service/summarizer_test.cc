#include "server/service/summarizer.h"

#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "catch2/catch.hpp"
#include "tests/server/service/curves_fixture.h"
#include "tests/support/engine_rows.h"

namespace zeus::bso {
namespace {

using testing::CurvesFixture;
using testing::CurvesSpec;
using testing::Value;

// Keeps what a summarizer tells. Thread-safe.
class ToldSummaries {
 public:
  void Take(const Summarizer::Entry& entry) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    last_[entry.job_id] = entry.summary.last_trial_number;
  }

  // Returns when each of so many jobs has a summary that covers this trial.
  void Await(size_t num_jobs, int64_t trial_number) ABSL_LOCKS_EXCLUDED(mutex_) {
    const auto are_told = [&] {
      mutex_.AssertHeld();
      if (last_.size() < num_jobs) return false;
      for (const auto& [job_id, last] : last_) {
        if (last != trial_number) return false;
      }
      return true;
    };
    absl::MutexLock lock(&mutex_, absl::Condition(&are_told));
  }

 private:
  absl::Mutex mutex_;
  std::map<std::string, int64_t> last_ ABSL_GUARDED_BY(mutex_);
};

class SummarizerFixture : public CurvesFixture {
 public:
  std::string NameOfJob(int number) const { return "job-" + std::to_string(number); }

  // A trial that fails at once, by a thread of its own, as Catch's checks are not for several.
  void FailTrial(const std::string& job_id) {
    const absl::Status status = Run([&](ZeusService& service) -> absl::Status {
      const auto started = Optimizer(service).StartTrial(job_id);
      if (!started.ok()) return started.status();
      return Optimizer(service).EndTrial(KeyOf(*started->trial), TrialFailure::kFailed).status();
    });
    if (!status.ok()) std::abort();
  }

  std::optional<JobSummary> StoredSummary(const std::string& job_id) {
    std::optional<JobSummary> summary;
    Read([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      summary = Value(service.GetSummary(job_id));
    });
    return summary;
  }

  ToldSummaries told;
};

TEST_CASE_METHOD(SummarizerFixture, "Jobs whose trials end at the same time are all summarized") {
  constexpr int kJobs = 100;
  constexpr int kThreads = 4;
  constexpr int kTrials = 3;
  for (int i = 0; i < kJobs; ++i) CreateJob(CurvesSpec(NameOfJob(i)));
  const Summarizer summarizer(store(), absl::Now, [&](const Summarizer::Entry& entry) { told.Take(entry); });
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int trial = 0; trial < kTrials; ++trial) {
        for (int i = thread; i < kJobs; i += kThreads) FailTrial(NameOfJob(i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  told.Await(kJobs, kTrials);
  CHECK(StoredSummary(NameOfJob(0))->last_trial_number == kTrials);
  CHECK(StoredSummary(NameOfJob(kJobs - 1))->last_trial_number == kTrials);
}

TEST_CASE_METHOD(SummarizerFixture, "A job that cannot be read holds up no other") {
  CreateJob(CurvesSpec("bad"));
  CreateJob(CurvesSpec("good"));
  FailTrial("bad");
  FailTrial("good");
  // Without its sizes.
  EraseTable(storage::Table::kCurvesSizes);
  Commit([&](ZeusService& service) {
    Value(service.GetJob("good"));
    for (const int64_t size : {16, 32, 64}) {
      REQUIRE_THAT(service.session().PutCurvesSize("good", {.batch_size = size}), testing::IsOk());
    }
  });
  const Summarizer summarizer(store(), absl::Now, [&](const Summarizer::Entry& entry) { told.Take(entry); });
  told.Await(1, 1);
  CHECK(StoredSummary("good").has_value());
  CHECK_FALSE(StoredSummary("bad").has_value());
}

TEST_CASE_METHOD(SummarizerFixture, "A job whose record cannot be read hides none that comes after it") {
  CreateJob(CurvesSpec("a-bad"));
  CreateJob(CurvesSpec("good"));
  FailTrial("good");
  REQUIRE_THAT(testing::PutRow(engine(), storage::Table::kJobs, "a-bad", "no record"), testing::IsOk());
  Reopen();
  const Summarizer summarizer(store(), absl::Now, [&](const Summarizer::Entry& entry) { told.Take(entry); });
  told.Await(1, 1);
  CHECK(StoredSummary("good").has_value());
}

}  // namespace
}  // namespace zeus::bso
