#include "storage/rocksdb/recovery.h"

#include "absl/time/time.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::storage {
namespace {

constexpr absl::Duration kRetryDelay = absl::Milliseconds(500);

}  // namespace

void Recovery::Start(rocksdb::DB& db) {
  thread_ = std::thread([this, &db] { Run(db); });
}

void Recovery::Stop() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  if (thread_.joinable()) thread_.join();
}

void Recovery::OnBackgroundError(rocksdb::BackgroundErrorReason, rocksdb::Status*) {
  absl::MutexLock lock(&mutex_);
  failed_ = true;
}

void Recovery::Run(rocksdb::DB& db) {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &Recovery::HasWork));
      if (stopping_ || mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kRetryDelay)) return;
      failed_ = false;
    }
    if (db.Resume().ok()) {
      spdlog::info("the store works again");
      continue;
    }
    absl::MutexLock lock(&mutex_);
    failed_ = true;
  }
}

}  // namespace zeus::bso::storage
