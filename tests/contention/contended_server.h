// A server for tests of concurrency: a share of its commits conflict, and what was committed is recorded in order.
#ifndef ZEUS_BSO_TESTS_CONTENTION_CONTENDED_SERVER_H_
#define ZEUS_BSO_TESTS_CONTENTION_CONTENDED_SERVER_H_

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "server/rpc/server.h"
#include "storage/job_change.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/support/conflicting_engine.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::testing {

// Keeps every change of every job.
class ChangeRecorder : public storage::CommitObserver {
 public:
  bool Observes(const std::string&) const override { return true; }

  void OnCommit(const storage::JobChange& change) override {
    absl::MutexLock lock(&mutex_);
    changes_.push_back(change);
  }

  // Those of one job, in the order of their commits.
  std::vector<storage::JobChange> ChangesOf(const std::string& job_id) {
    std::vector<storage::JobChange> changes;
    {
      absl::MutexLock lock(&mutex_);
      for (const auto& change : changes_) {
        if (change.job_id == job_id) changes.push_back(change);
      }
    }
    std::sort(changes.begin(), changes.end(), [](const auto& a, const auto& b) { return a.revision < b.revision; });
    return changes;
  }

 private:
  absl::Mutex mutex_;
  std::vector<storage::JobChange> changes_ ABSL_GUARDED_BY(mutex_);
};

class ContendedServer {
 public:
  // Every `conflict_period`-th commit loses a race.
  explicit ContendedServer(int conflict_period)
      : store_(Value(storage::Store::Open(
            std::make_unique<ConflictingEngine>(Value(storage::OpenRocksDb(directory_ / "data")), conflict_period),
            storage::Durability::kSync))),
        server_(Value(rpc::Server::Start({.listen = {"unix:" + (directory_ / "socket")}}, *store_))) {
    store_->AddObserver(&recorder_);
  }

  std::string address() const { return server_->addresses().front(); }
  std::string data_directory() const { return directory_ / "data"; }
  ChangeRecorder& recorder() { return recorder_; }

  void Stop() {
    server_.reset();
    store_.reset();
  }

 private:
  TempDir directory_;
  ChangeRecorder recorder_;
  std::unique_ptr<storage::Store> store_;
  std::unique_ptr<rpc::Server> server_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_CONTENTION_CONTENDED_SERVER_H_
