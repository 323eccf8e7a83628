#include "storage/collector.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "model/status_macros.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::storage {
namespace {

// Few, so that what else is written meanwhile does not wait long.
constexpr size_t kRowsPerTransaction = 200;

// How long to wait before trying again after the disk failed.
constexpr absl::Duration kRetryDelay = absl::Seconds(10);

}  // namespace

Collector::Collector(Engine& engine) : engine_(engine), thread_([this] { Run(); }) {}

Collector::~Collector() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Collector::Notify() {
  absl::MutexLock lock(&mutex_);
  notified_ = true;
}

bool Collector::stopping() {
  absl::MutexLock lock(&mutex_);
  return stopping_;
}

void Collector::Run() {
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &Collector::HasWork));
      if (stopping_) return;
      notified_ = false;
    }
    const absl::StatusOr<bool> collected = CollectAll();
    if (collected.ok()) continue;
    spdlog::warn("collecting deleted jobs failed, trying again in {} s: {}", absl::ToInt64Seconds(kRetryDelay),
                 collected.status().ToString());
    absl::MutexLock lock(&mutex_);
    notified_ = true;
    mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kRetryDelay);
  }
}

absl::StatusOr<bool> Collector::CollectAll() {
  std::vector<std::string> keys;
  ZB_RETURN_IF_ERROR(
      engine_.Begin(Isolation::kSnapshot)->Scan(Table::kGarbage, "", "", [&](absl::string_view key, absl::string_view) {
        keys.emplace_back(key);
        return true;
      }));
  for (const std::string& key : keys) {
    ZB_ASSIGN_OR_RETURN(const Uid uid, ParseUidKey(key));
    ZB_ASSIGN_OR_RETURN(const bool finished, CollectJob(uid));
    if (!finished) return false;
  }
  return true;
}

absl::StatusOr<bool> Collector::CollectJob(Uid uid) {
  const std::string prefix = UidKey(uid);
  for (const Table table : kTablesOfAJob) {
    bool more = true;
    while (more) {
      if (stopping()) return false;
      ZB_ASSIGN_OR_RETURN(more, EraseSome(table, prefix));
    }
  }
  const std::unique_ptr<Transaction> transaction = engine_.Begin(Isolation::kSnapshot);
  ZB_RETURN_IF_ERROR(transaction->Erase(Table::kGarbage, prefix));
  ZB_RETURN_IF_ERROR(transaction->Commit());
  return true;
}

absl::StatusOr<bool> Collector::EraseSome(Table table, absl::string_view prefix) {
  const std::unique_ptr<Transaction> transaction = engine_.Begin(Isolation::kSnapshot);
  std::vector<std::string> keys;
  ZB_RETURN_IF_ERROR(transaction->Scan(table, prefix, PrefixEnd(prefix), [&](absl::string_view key, absl::string_view) {
    keys.emplace_back(key);
    return keys.size() < kRowsPerTransaction;
  }));
  if (keys.empty()) return false;
  for (const std::string& key : keys) ZB_RETURN_IF_ERROR(transaction->Erase(table, key));
  ZB_RETURN_IF_ERROR(transaction->Commit());
  return keys.size() == kRowsPerTransaction;
}

}  // namespace zeus::bso::storage
