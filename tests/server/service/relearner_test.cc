#include "server/service/relearner.h"

#include <cstdint>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "server/service/corrections.h"
#include "server/service/job_update.h"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso {
namespace {

using testing::CurvesFixture;
using testing::IsOk;
using testing::Value;

class RelearnerFixture : public CurvesFixture {
 public:
  // Trainings one after the other that converge, are stopped, give up, crash, run out of memory or are cancelled.
  void Train(int num_trials) {
    for (int i = 0; i < num_trials; ++i) {
      const Trial trial = Start();
      const int64_t number = trial.trial_number;
      if (number % 11 == 10) {
        constexpr TrialFailure kFailures[] = {TrialFailure::kFailed, TrialFailure::kInfeasible,
                                              TrialFailure::kCancelled, TrialFailure::kNotConverged};
        REQUIRE_THAT(TryEnd(KeyOf(trial), kFailures[(number / 11) % 4]), IsOk());
        continue;
      }
      const double cost = 10 + static_cast<double>(trial.batch_size % 50) / 5 + static_cast<double>(number % 5) / 10;
      const int64_t epochs = number % 7 == 3 ? 1'000 : 5 + number % 3;
      bool stopped = false;
      for (int64_t epoch = 1; !stopped; ++epoch) {
        stopped = TakeReport(trial, epoch, cost * static_cast<double>(epoch), epoch >= epochs ? 1 : 0).stop_train;
      }
    }
  }

  void Ask() {
    // A relearner may be at work on the job.
    REQUIRE_THAT(Run([&](ZeusService& service) -> absl::Status {
                   ZB_RETURN_IF_ERROR(service.GetJob("job").status());
                   return service.session().AskToRelearn("job", now);
                 }),
                 IsOk());
  }

  // Learns the job anew.
  void Relearn() {
    Relearner relearner(
        store(), [this] { return now; }, limits);
    relearner.Add("job");
    while (StoredJob().relearning.has_value()) absl::SleepFor(absl::Milliseconds(1));
  }

  void CheckUnchanged() {
    const CurvesJob job = StoredCurves();
    const std::vector<CurvesSize> sizes = StoredSizes();
    Ask();
    Relearn();
    CHECK(StoredCurves() == job);
    CHECK(StoredSizes() == sizes);
  }
};

TEST_CASE_METHOD(RelearnerFixture, "A job that is learned anew knows what it knew, digit for digit") {
  Train(120);
  const Trial running = Start();
  CheckUnchanged();
  CHECK(StoredSize(running.batch_size).state.pending == 1);
}

TEST_CASE_METHOD(RelearnerFixture, "What was done to a job between its trials is done again in its place") {
  Train(30);
  Commit([&](ZeusService& service) {
    Value(service.GetJob("job"));
    Value(service.ProfileJob("job", std::vector<curves::EpochProfile>{{.batch_size = 64, .epoch = {1, 70, 0.05}}}));
  });
  Train(10);
  const auto update = [&](void (*change)(JobSpec&)) {
    Commit([&](ZeusService& service) {
      JobSpec next = Value(service.GetJob("job"))->spec;
      change(next);
      CHECK(Value(UpdateJob(service, next)).size() == 1);
    });
  };
  update([](JobSpec& spec) { spec.target_metric = 0.75; });
  Train(20);
  update([](JobSpec& spec) { spec.gpu_model = "another"; });
  Train(20);
  Commit([&](ZeusService& service) {
    Value(service.GetJob("job"));
    Value(ResetBatchSize(service, "job", 32));
  });
  Train(20);
  CheckUnchanged();
}

TEST_CASE_METHOD(RelearnerFixture, "Trials that end while a job is learned anew are learned, however many") {
  Train(200);
  const Trial lasting = Start();
  Ask();
  Relearner relearner(
      store(), [this] { return now; }, limits);
  relearner.Add("job");
  relearner.Add("job");
  int num_trials = 0;
  for (; StoredJob().relearning.has_value(); ++num_trials) Train(1);
  REQUIRE_THAT(TryEnd(KeyOf(lasting)), IsOk());
  Train(3);
  CheckUnchanged();
}

TEST_CASE_METHOD(RelearnerFixture, "A job that was deleted, or is not to be learned anew, is left alone") {
  Train(3);
  const CurvesJob job = StoredCurves();
  {
    Relearner relearner(
        store(), [this] { return now; }, limits);
    relearner.Add("job");
    relearner.Add("none");
  }
  CHECK(StoredCurves() == job);
  CHECK(StoredJob().num_corrections == 0);
}

}  // namespace
}  // namespace zeus::bso
