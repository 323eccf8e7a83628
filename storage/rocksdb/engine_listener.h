// Passes on what RocksDB meets in the background.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ENGINE_LISTENER_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ENGINE_LISTENER_H_

#include <set>
#include <string>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/listener.h"
#include "spdlog/spdlog.h"
#include "storage/engine.h"
#include "storage/rocksdb/rocksdb_status.h"

namespace zeus::bso::storage {

// Thread-safe.
class EngineListener : public rocksdb::EventListener {
 public:
  void SetFailureHandler(Engine::FailureHandler handler) ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    handler_ = std::move(handler);
  }

  // The names of the column families in which a compaction has met a damaged block. Another one would meet it again.
  std::set<std::string> damaged_families() const ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    return damaged_families_;
  }

  void OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status* error) override ABSL_LOCKS_EXCLUDED(mutex_) {
    absl::MutexLock lock(&mutex_);
    if (handler_ != nullptr) handler_(FromRocksDb(*error));
  }

  // After an error for want of space RocksDB would write its tables, one after the other, as soon as there is room.
  // Whoever opens the database again in between would find a part of a failed group in tables, and replay only the
  // rest.
  void OnErrorRecoveryBegin(rocksdb::BackgroundErrorReason, rocksdb::Status, bool* auto_recovery) override {
    *auto_recovery = false;
  }

  void OnCompactionCompleted(rocksdb::DB*, const rocksdb::CompactionJobInfo& job) override ABSL_LOCKS_EXCLUDED(mutex_) {
    if (!job.status.IsCorruption()) return;
    spdlog::error("the table {} of the store is damaged and not compacted any more: {}", job.cf_name,
                  job.status.ToString());
    absl::MutexLock lock(&mutex_);
    damaged_families_.insert(job.cf_name);
  }

 private:
  mutable absl::Mutex mutex_;
  Engine::FailureHandler handler_ ABSL_GUARDED_BY(mutex_);
  std::set<std::string> damaged_families_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ENGINE_LISTENER_H_
