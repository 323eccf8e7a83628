// Sessions on a store of a test's own.
#ifndef ZEUS_BSO_TESTS_STORAGE_SESSION_FIXTURE_H_
#define ZEUS_BSO_TESTS_STORAGE_SESSION_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/session.h"
#include "storage/store.h"
#include "storage/tables.h"
#include "tests/support/end_trial.h"
#include "tests/support/engine_decorator.h"
#include "tests/support/engine_rows.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"

namespace zeus::bso::storage {

inline const absl::Time kStart = absl::FromUnixSeconds(1700000000);
inline const absl::Time kEnd = absl::FromUnixSeconds(1700000100);

// A job as it is when it is registered.
inline Job MakeJob(const std::string& job_id = "job") {
  Job job;
  job.spec = testing::MakeSpec(job_id);
  job.exp_default_batch_size = job.spec.default_batch_size;
  job.min_cost_batch_size = job.spec.default_batch_size;
  job.create_time = kStart;
  job.generator_state = Pcg64State{};
  return job;
}

inline Result MakeResult(double energy_joules) {
  return {.time_seconds = 1, .energy_joules = energy_joules, .converged = true};
}

// Such as "3: 32 Succeeded 5 J".
inline std::string Describe(const Trial& trial) {
  constexpr const char* kStatuses[] = {"Dispatched", "Succeeded", "Failed"};
  std::string text =
      absl::StrCat(trial.trial_number, ": ", trial.batch_size, " ", kStatuses[static_cast<int>(trial.status)]);
  if (trial.result.has_value()) absl::StrAppend(&text, " ", trial.result->energy_joules, " J");
  return text;
}

// The trials of a job, one after the other.
inline std::string DescribeTrials(Session& session, absl::string_view job_id = "job", int64_t after = 0) {
  std::vector<std::string> trials;
  REQUIRE_THAT(session.ScanTrials(job_id, after,
                                  [&](const Trial& trial) {
                                    trials.push_back(Describe(trial));
                                    return true;
                                  }),
               testing::IsOk());
  return absl::StrJoin(trials, ", ");
}

// Such as "16: 1 4, 32: 2": the trial numbers by batch size.
inline std::string DescribeExplorations(Session& session, absl::string_view job_id = "job") {
  const Explorations explorations = testing::Value(session.ReadExplorations(job_id));
  return absl::StrJoin(explorations, ", ", [](std::string* text, const auto& size) {
    absl::StrAppend(text, size.first, ":");
    for (const Trial& trial : size.second) absl::StrAppend(text, " ", trial.trial_number);
  });
}

// Such as "3: 5 J, 1: 4 J".
inline std::string DescribeResults(Session& session, int64_t batch_size, int64_t limit = 0,
                                   absl::string_view job_id = "job") {
  const std::vector<TrialResult> results = testing::Value(session.ReadResults(job_id, batch_size, limit));
  return absl::StrJoin(results, ", ", [](std::string* text, const TrialResult& result) {
    absl::StrAppend(text, result.trial_number, ": ", result.result.energy_joules, " J");
  });
}

// Such as "16: mean -5, 32: mean -7".
inline std::string DescribeArms(Session& session, absl::string_view job_id = "job") {
  const std::vector<GaussianTsArm> arms = testing::Value(session.ReadArms(job_id));
  return absl::StrJoin(arms, ", ", [](std::string* text, const GaussianTsArm& arm) {
    absl::StrAppend(text, arm.batch_size, ": mean ", arm.param_mean);
  });
}

// How many rows of a table are written.
inline int CountRows(Engine& engine, Table table) { return static_cast<int>(testing::RowsOf(engine, table).size()); }

class SessionFixture {
 public:
  SessionFixture() { Open(); }

  Engine& engine() { return *engine_; }
  Store& store() { return *store_; }
  DueAlarm& alarm() { return store_->alarm(); }

  // A session that is held open.
  Session Begin() { return store_->Begin(); }

  // Commits such a session.
  absl::Status Commit(Session& session) { return testing::Commit(*store_, session); }

  // Runs `body` in a session of its own, and commits it.
  void Run(absl::FunctionRef<void(Session&)> body) {
    REQUIRE_THAT(testing::Transact(*store_,
                                   [&](Session& session) {
                                     body(session);
                                     return absl::OkStatus();
                                   }),
                 testing::IsOk());
  }

  void AddJob(const std::string& job_id = "job") {
    Run([&](Session& session) { REQUIRE_THAT(session.InsertJob(MakeJob(job_id)), testing::IsOk()); });
  }

  // Starts a trial, and ends it: as succeeded, if a result is given, else as failed.
  void AddTrial(int64_t batch_size, std::optional<Result> result, TrialType type = TrialType::kMab) {
    const TrialOutcome outcome = result.has_value() ? TrialOutcome(*result) : TrialFailure::kFailed;
    Run([&](Session& session) {
      REQUIRE(testing::Value(session.FetchJob("job")) != nullptr);
      const Trial* const trial =
          testing::Value(session.InsertTrial("job", {.batch_size = batch_size, .type = type, .time = kStart}));
      testing::Value(testing::EndTrial(session, {"job", batch_size, trial->trial_number}, kEnd, outcome));
    });
  }

  // Starts a trial and leaves it running.
  void StartTrial(int64_t batch_size, TrialType type = TrialType::kMab) {
    Run([&](Session& session) {
      REQUIRE(testing::Value(session.FetchJob("job")) != nullptr);
      testing::Value(session.InsertTrial("job", {.batch_size = batch_size, .type = type, .time = kStart}));
    });
  }

  void AddArm(int64_t batch_size, double param_mean) {
    Run([&](Session& session) {
      REQUIRE(testing::Value(session.FetchJob("job")) != nullptr);
      REQUIRE_THAT(session.InsertArm("job", {.batch_size = batch_size, .param_mean = param_mean}), testing::IsOk());
    });
  }

  void DeleteJob(const std::string& job_id = "job") {
    Run([&](Session& session) { REQUIRE(testing::Value(session.DeleteJob(job_id))); });
  }

  // Closes the store and opens it again, as a restart of the server does.
  void Reopen() {
    Close();
    Open();
  }

  // Closes the store, but not the engine.
  void CloseStore() { store_.reset(); }

 private:
  void Open() {
    engine_ = testing::Value(OpenRocksDb(directory_.path()));
    store_ = testing::Value(Store::Open(std::make_unique<testing::EngineDecorator>(*engine_), Durability::kSync));
  }

  void Close() {
    store_.reset();
    engine_.reset();
  }

  testing::TempDir directory_;
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Store> store_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_TESTS_STORAGE_SESSION_FIXTURE_H_
