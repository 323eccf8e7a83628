// The embedded engine with faults on demand: a commit or a sync that fails, a disk that takes its time.
#ifndef ZEUS_BSO_TESTS_SERVER_RPC_FAULTY_ENGINE_H_
#define ZEUS_BSO_TESTS_SERVER_RPC_FAULTY_ENGINE_H_

#include <memory>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "storage/engine.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/store.h"
#include "tests/support/engine_decorator.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::rpc {

// What the disk does. Thread-safe.
class Disk {
 public:
  // What commits and syncs answer from now on, when it is not OK. A commit that fails changes nothing.
  void FailCommits(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    commit_status_ = std::move(status);
  }
  void FailSyncs(absl::Status status) {
    absl::MutexLock lock(&mutex_);
    sync_status_ = std::move(status);
  }

  // Syncs do not return until they are let go.
  void HoldSyncs() {
    absl::MutexLock lock(&mutex_);
    hold_syncs_ = true;
  }
  void LetSyncsGo() {
    absl::MutexLock lock(&mutex_);
    hold_syncs_ = false;
  }

  // Waits until a sync is held.
  void WaitForHeldSync() {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Disk::HasHeldSync));
  }

  absl::Status BeforeCommit() {
    absl::MutexLock lock(&mutex_);
    return commit_status_;
  }

  absl::Status BeforeSync() {
    absl::MutexLock lock(&mutex_);
    ++held_syncs_;
    mutex_.Await(absl::Condition(this, &Disk::SyncsMayGo));
    --held_syncs_;
    return sync_status_;
  }

 private:
  bool HasHeldSync() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return held_syncs_ > 0; }
  bool SyncsMayGo() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return !hold_syncs_; }

  absl::Mutex mutex_;
  absl::Status commit_status_ ABSL_GUARDED_BY(mutex_);
  absl::Status sync_status_ ABSL_GUARDED_BY(mutex_);
  bool hold_syncs_ ABSL_GUARDED_BY(mutex_) = false;
  int held_syncs_ ABSL_GUARDED_BY(mutex_) = 0;
};

class FaultyTransaction : public testing::TransactionDecorator {
 public:
  FaultyTransaction(std::unique_ptr<storage::Transaction> base, Disk& disk)
      : TransactionDecorator(std::move(base)), disk_(disk) {}

  absl::Status Commit() override {
    const absl::Status fault = disk_.BeforeCommit();
    return fault.ok() ? TransactionDecorator::Commit() : fault;
  }

 private:
  Disk& disk_;
};

class FaultyEngine : public testing::EngineDecorator {
 public:
  FaultyEngine(std::unique_ptr<storage::Engine> base, Disk& disk)
      : EngineDecorator(*base), base_(std::move(base)), disk_(disk) {}

  std::unique_ptr<storage::Transaction> Begin(storage::Isolation isolation) override {
    return std::make_unique<FaultyTransaction>(EngineDecorator::Begin(isolation), disk_);
  }

  absl::Status Sync() override {
    const absl::Status fault = disk_.BeforeSync();
    return fault.ok() ? EngineDecorator::Sync() : fault;
  }

 private:
  const std::unique_ptr<storage::Engine> base_;
  Disk& disk_;
};

// A store on such an engine.
class FaultyStore {
 public:
  FaultyStore()
      : store_(testing::Value(storage::Store::Open(
            std::make_unique<FaultyEngine>(testing::Value(storage::OpenRocksDb(directory_.path())), disk_),
            storage::Durability::kSync))) {}

  Disk& disk() { return disk_; }
  storage::Store& store() { return *store_; }

 private:
  testing::TempDir directory_;
  Disk disk_;
  std::unique_ptr<storage::Store> store_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_TESTS_SERVER_RPC_FAULTY_ENGINE_H_
