// Brings a database back that refuses writes since an error of its files (store_file_system.h). RocksDB would do so by
// itself, but hangs when it is closed meanwhile.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_RECOVERY_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_RECOVERY_H_

#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/db.h"
#include "rocksdb/listener.h"

namespace zeus::bso::storage {

// A listener of the database, to be told of its errors. Thread-safe.
class Recovery : public rocksdb::EventListener {
 public:
  ~Recovery() override { Stop(); }

  // Resumes `db`, now and then, from each error until it works again. To be called once.
  void Start(rocksdb::DB& db);

  // Returns when no attempt is under way, and none will be. To be called before the database is closed.
  void Stop() ABSL_LOCKS_EXCLUDED(mutex_);

  void OnBackgroundError(rocksdb::BackgroundErrorReason reason, rocksdb::Status* error) override
      ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  void Run(rocksdb::DB& db) ABSL_LOCKS_EXCLUDED(mutex_);
  bool HasWork() const ABSL_SHARED_LOCKS_REQUIRED(mutex_) { return failed_ || stopping_; }

  absl::Mutex mutex_;
  bool failed_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_RECOVERY_H_
