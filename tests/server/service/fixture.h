// A store and the sessions of a test on it, each at the time `now`.
#ifndef ZEUS_BSO_TESTS_SERVER_SERVICE_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_SERVICE_FIXTURE_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "server/service/memory.h"
#include "server/service/zeus_service.h"
#include "storage/engine.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/session.h"
#include "storage/store.h"
#include "storage/tables.h"
#include "tests/model/printers.h"
#include "tests/support/engine_rows.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"

namespace zeus::bso::testing {

// All that is stored: the bytes of every row, by table and key.
using Rows = std::map<std::pair<std::string, std::string>, std::string>;

class ServiceFixture {
 public:
  ServiceFixture() { Open(); }

  // What the sessions take for the present.
  absl::Time now = absl::FromUnixSeconds(1'700'000'000);

  // What they are allowed.
  Limits limits;

  storage::Engine& engine() { return *engine_; }
  storage::Store& store() { return *store_; }

  // Forgets what a server forgets when it restarts.
  void ForgetMemory() { memory_ = std::make_unique<Memory>(); }

  // Runs `body` in a session of its own, which commits unless `body` answers an error.
  absl::Status Run(absl::FunctionRef<absl::Status(ZeusService&)> body) {
    return Transact(*store_, [&](storage::Session& session) {
      ZeusService service(session, now, limits, memory_.get());
      return body(service);
    });
  }

  // As Run, for what must succeed.
  void Commit(absl::FunctionRef<void(ZeusService&)> body) {
    REQUIRE_THAT(Run([&](ZeusService& service) {
                   body(service);
                   return absl::OkStatus();
                 }),
                 IsOk());
  }

  // Runs `body` in a session that is dropped before it commits.
  void Drop(absl::FunctionRef<void(ZeusService&)> body) {
    const absl::Status dropped = absl::CancelledError("dropped");
    REQUIRE(Run([&](ZeusService& service) {
              body(service);
              return dropped;
            }) == dropped);
  }

  void CreateJob(const JobSpec& spec) {
    Commit([&](ZeusService& service) { Value(service.CreateJob(spec)); });
  }

  Trial CreateTrial(int64_t batch_size, TrialType type, const std::string& job_id = "job") {
    Trial trial;
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      trial = *Value(service.CreateTrial(job_id, batch_size, type));
    });
    return trial;
  }

  Trial EndTrial(const Trial& trial, const TrialEnd& end) {
    const TrialKey key = KeyOf(trial);
    Trial ended;
    Commit([&](ZeusService& service) {
      Value(service.GetJob(key.job_id));
      Value(service.GetTrial(key));
      ended = *Value(service.UpdateTrial(key, end));
    });
    return ended;
  }

  // With eta_knob 1 the energy is the cost.
  Trial Succeed(const Trial& trial, double energy_joules, bool converged) {
    return EndTrial(trial,
                    {.status = TrialStatus::kSucceeded,
                     .result = Result{.time_seconds = 10, .energy_joules = energy_joules, .converged = converged}});
  }

  Trial Fail(const Trial& trial) { return EndTrial(trial, {.status = TrialStatus::kFailed}); }

  void CreateArms(const std::vector<GaussianTsArm>& arms, const std::string& job_id = "job") {
    Commit([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      REQUIRE_THAT(service.CreateArms(job_id, arms), IsOk());
    });
  }

  // Runs `body` on what is stored now. It waits for nobody.
  void Read(absl::FunctionRef<void(ZeusService&)> body) {
    storage::Session session = store_->Begin();
    ZeusService service(session, now, limits, memory_.get());
    body(service);
  }

  Job StoredJob(const std::string& job_id = "job") {
    Job job;
    Read([&](ZeusService& service) {
      const Job* const stored = Value(service.GetJob(job_id));
      REQUIRE(stored != nullptr);
      job = *stored;
    });
    return job;
  }

  Trial StoredTrial(int64_t batch_size, int64_t trial_number, const std::string& job_id = "job") {
    Trial trial;
    Read([&](ZeusService& service) {
      const Trial* const stored = Value(service.GetTrial({job_id, batch_size, trial_number}));
      REQUIRE(stored != nullptr);
      trial = *stored;
    });
    return trial;
  }

  std::vector<GaussianTsArm> StoredArms(const std::string& job_id = "job") {
    std::vector<GaussianTsArm> arms;
    Read([&](ZeusService& service) { arms = Value(service.GetArms(job_id)); });
    return arms;
  }

  // Deletes all rows of a table, as if no server had ever written them.
  void EraseTable(storage::Table table) {
    storage::WriteBatch batch;
    for (const auto& [key, value] : RowsOf(*engine_, table)) batch.Delete(table, key);
    REQUIRE_THAT(Write(*engine_, batch), IsOk());
    Reopen();
  }

  // Closes the store and opens it again, as a restart of the server does.
  void Reopen() {
    store_.reset();
    Open();
  }

  Rows StoredRows() {
    Rows rows;
    for (const storage::TableInfo& info : storage::kTables) {
      for (const auto& [key, value] : RowsOf(*engine_, info.table)) rows[{info.name, key}] = value;
    }
    return rows;
  }

 private:
  void Open() {
    auto engine = Value(storage::OpenRocksDb(directory_.path()));
    engine_ = engine.get();
    store_ = Value(storage::Store::Open(std::move(engine), storage::Durability::kSync));
  }

  TempDir directory_;
  std::unique_ptr<Memory> memory_ = std::make_unique<Memory>();
  storage::Engine* engine_ = nullptr;  // Owned by the store.
  std::unique_ptr<storage::Store> store_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SERVER_SERVICE_FIXTURE_H_
