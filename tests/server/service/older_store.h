// A store that an older server has written, and one call per session on it.
#ifndef ZEUS_BSO_TESTS_SERVER_SERVICE_OLDER_STORE_H_
#define ZEUS_BSO_TESTS_SERVER_SERVICE_OLDER_STORE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "server/service/optimizer.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/schema.h"
#include "storage/store.h"
#include "tests/support/engine_rows.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_store.h"
#include "tests/support/unpack.h"

namespace zeus::bso::testing {

class OlderStore {
 public:
  // `archive`: its directory, in tests/storage. `now` is what the sessions take for the present.
  OlderStore(const std::string& archive, absl::Time now) : now(now) {
    Unpack(ZEUS_BSO_TEST_DATA_DIR "/storage/" + archive, directory_.path());
    Open();
  }

  absl::Time now;
  Limits limits;

  void Reopen() {
    store_.reset();
    Open();
  }

  void Commit(absl::FunctionRef<void(ZeusService&)> body) {
    REQUIRE_THAT(testing::Transact(*store_,
                                   [&](storage::Session& session) {
                                     ZeusService service(session, now, limits, &memory_);
                                     body(service);
                                     return absl::OkStatus();
                                   }),
                 IsOk());
  }

  // For what only reads. Loses no race with the server's threads, which Commit can.
  void Read(absl::FunctionRef<void(ZeusService&)> body) {
    storage::Session session = store_->Begin();
    ZeusService service(session, now, limits, &memory_);
    body(service);
  }

  storage::Store& store() { return *store_; }

  absl::Status Transact(storage::Store::Body body) { return testing::Transact(*store_, std::move(body)); }

  Job GetJob(const std::string& job_id) {
    Job job;
    Read([&](ZeusService& service) { job = *Value(service.GetJob(job_id)); });
    return job;
  }

  Trial Start(const std::string& job_id, const std::string& client_id = "") {
    Trial trial;
    Commit([&](ZeusService& service) { trial = *Value(Optimizer(service).StartTrial(job_id, client_id)).trial; });
    return trial;
  }

  Verdict TakeReport(const TrialKey& key, double energy, double metric, int64_t epoch) {
    Verdict verdict;
    Commit([&](ZeusService& service) {
      verdict = Value(Optimizer(service).TakeReport({key, /*time_seconds=*/10, energy, metric, epoch}));
    });
    return verdict;
  }

  Trial End(const TrialKey& key, TrialFailure failure) {
    Trial trial;
    Commit([&](ZeusService& service) { trial = *Value(Optimizer(service).EndTrial(key, failure)); });
    return trial;
  }

  std::vector<Trial> Trials(const std::string& job_id) {
    std::vector<Trial> trials;
    REQUIRE_THAT(testing::Transact(*store_,
                                   [&](storage::Session& session) {
                                     return session.ScanTrials(job_id, 0, [&](const Trial& trial) {
                                       trials.push_back(trial);
                                       return true;
                                     });
                                   }),
                 IsOk());
    return trials;
  }

  std::string SchemaVersion() {
    return GetRow(*engine_, storage::Table::kMeta, storage::kSchemaVersionKey).value_or("");
  }

 private:
  void Open() {
    auto engine = Value(storage::OpenRocksDb(directory_.path()));
    engine_ = engine.get();
    version_before = SchemaVersion();
    store_ = Value(storage::Store::Open(std::move(engine), storage::Durability::kSync));
  }

  TempDir directory_;
  Memory memory_;
  storage::Engine* engine_ = nullptr;  // Owned by the store.
  std::unique_ptr<storage::Store> store_;

 public:
  std::string version_before;  // Before the store was opened.
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SERVER_SERVICE_OLDER_STORE_H_
