// Two jobs to which the same happens. Of one, the oldest trials are collected; the other keeps all of them.
#ifndef ZEUS_BSO_TESTS_SERVER_SERVICE_COLLECTION_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_SERVICE_COLLECTION_FIXTURE_H_

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "catch2/catch.hpp"
#include "server/service/collection.h"
#include "server/service/corrections.h"
#include "server/service/job_update.h"
#include "server/service/relearner.h"
#include "tests/server/service/curves_fixture.h"

namespace zeus::bso::testing {

class CollectionFixture : public CurvesFixture {
 public:
  static constexpr int64_t kMaxKept = 10;

  // `spec` is that of a job that the fixture does not have yet.
  void CreateTwins(JobSpec spec) {
    for (const std::string& job_id : jobs) {
      spec.job_id = job_id;
      CreateJob(spec);
    }
  }

  // One training after the other that converges, is stopped, gives up, crashes, runs out of memory or is cancelled.
  void Train(int num_trials) {
    for (const std::string& job_id : jobs) {
      for (int i = 0; i < num_trials; ++i) Run(Start(job_id));
    }
  }

  void Run(const Trial& trial) {
    const int64_t number = trial.trial_number;
    if (number % 9 == 5) {
      constexpr TrialFailure kFailures[] = {TrialFailure::kFailed, TrialFailure::kNotConverged,
                                            TrialFailure::kCancelled, TrialFailure::kInfeasible};
      REQUIRE_THAT(TryEnd(KeyOf(trial), kFailures[(number / 9) % 4]), IsOk());
      return;
    }
    const double cost = 10 + static_cast<double>(trial.batch_size % 50) / 5 + static_cast<double>(number % 5) / 10;
    const int64_t epochs = number % 7 == 3 ? 1'000 : 5 + number % 3;
    bool stopped = false;
    for (int64_t epoch = 1; !stopped; ++epoch) {
      stopped = TakeReport(trial, epoch, cost * static_cast<double>(epoch), epoch >= epochs ? 1 : 0).stop_train;
    }
  }

  // The first part.
  std::optional<Collection> Find(const std::string& job_id = "old", int64_t max_trials = kMaxKept) {
    std::vector<Collection> parts;
    Read([&](ZeusService& service) {
      parts = Value(FindCollections(service, job_id, max_trials, [] { return false; }));
    });
    return parts.empty() ? std::nullopt : std::optional(parts.front());
  }

  // Whether the collection was done.
  bool Take(const Collection& collection) {
    bool collected = false;
    Commit([&](ZeusService& service) { collected = Value(Collect(service, collection)); });
    return collected;
  }

  void CollectAll(int64_t max_trials = kMaxKept) {
    while (const std::optional<Collection> found = Find("old", max_trials)) REQUIRE(Take(*found));
  }

  std::vector<Trial> Kept(const std::string& job_id = "old") {
    std::vector<Trial> trials;
    Read([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      trials = Value(service.GetNewestTrials(job_id, 1'000));
    });
    return trials;
  }

  std::vector<int64_t> KeptNumbers() {
    std::vector<int64_t> numbers;
    for (const Trial& trial : Kept()) numbers.push_back(trial.trial_number);
    return numbers;
  }

  void Void(int64_t trial_number) {
    for (const std::string& job_id : jobs) {
      const std::vector<Trial> trials = Kept(job_id);
      const auto found = std::find_if(trials.begin(), trials.end(),
                                      [&](const Trial& trial) { return trial.trial_number == trial_number; });
      REQUIRE(found != trials.end());
      Commit([&](ZeusService& service) {
        Value(service.GetJob(job_id));
        Value(service.GetTrial(KeyOf(*found)));
        Value(VoidTrial(service, KeyOf(*found), "odd"));
      });
    }
  }

  void Update(void (*change)(JobSpec&)) {
    for (const std::string& job_id : jobs) {
      Commit([&](ZeusService& service) {
        JobSpec next = Value(service.GetJob(job_id))->spec;
        change(next);
        CHECK_FALSE(Value(UpdateJob(service, next)).empty());
      });
    }
  }

  void Relearn() {
    Relearner relearner(
        store(), [this] { return now; }, limits);
    for (const std::string& job_id : jobs) {
      relearner.Add(job_id);
      while (StoredJob(job_id).relearning.has_value()) absl::SleepFor(absl::Milliseconds(1));
    }
  }

  // What a job knows, without revisions, which collecting raises.
  std::pair<CurvesJob, std::vector<CurvesSize>> Knowledge(const std::string& job_id) {
    CurvesJob job = StoredCurves(job_id);
    job.changes.clear();
    std::vector<CurvesSize> sizes = StoredSizes(job_id);
    for (CurvesSize& size : sizes) {
      size.added_revision = 0;
      size.reset_revision = 0;
      size.profile_revision = 0;
    }
    return {job, sizes};
  }

  // That both jobs are the same but for their histories.
  void CheckTwins() {
    const Job old_job = StoredJob("old");
    const Job twin = StoredJob("twin");
    CHECK(old_job.min_cost == twin.min_cost);
    CHECK(old_job.min_cost_batch_size == twin.min_cost_batch_size);
    CHECK(old_job.stage == twin.stage);
    CHECK(old_job.failures == twin.failures);
    CHECK(old_job.latest_results == twin.latest_results);
    CHECK(old_job.num_running_trials == twin.num_running_trials);
    if (twin.curves.has_value()) {
      CHECK(Knowledge("old") == Knowledge("twin"));
    } else {
      CHECK(StoredArms("old") == StoredArms("twin"));
    }
    CHECK(Describe("old") == Describe("twin"));
  }

  // What ExplainJob says of the sizes.
  std::string Describe(const std::string& job_id) {
    std::string text;
    Read([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      const Explanation beliefs = Value(service.ExplainJob(job_id)).beliefs;
      for (const BatchSizeExplanation& size : beliefs.sizes) {
        absl::StrAppend(&text, size.batch_size, " ", size.num_trials, " ", size.num_converged, " ", size.num_failed,
                        " ", size.trial_number.value_or(0), " ", size.energy.has_value() ? size.energy->value : 0, " ",
                        size.epochs.has_value() ? size.epochs->relative_sd : 0, " ", size.best_probability, "\n");
      }
    });
    return text;
  }

  const std::vector<std::string> jobs = {"old", "twin"};
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SERVER_SERVICE_COLLECTION_FIXTURE_H_
