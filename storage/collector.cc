#include "storage/collector.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/time.h"
#include "model/status_macros.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::storage {
namespace {

// Few, so that what else is written meanwhile does not wait long.
constexpr size_t kRowsPerBatch = 200;

// How long to wait before trying again after the disk failed.
constexpr absl::Duration kRetryDelay = absl::Seconds(10);

}  // namespace

Collector::Collector(Engine& engine, Committer& committer)
    : engine_(engine), committer_(committer), thread_([this] { Run(); }) {}

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

std::shared_ptr<const void> Collector::Hold(Uid uid) {
  absl::MutexLock lock(&mutex_);
  held_.insert(uid);
  return std::shared_ptr<const void>(this, [this, uid](const void*) {
    absl::MutexLock release(&mutex_);
    held_.erase(held_.find(uid));
    notified_ = true;
  });
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
  generation_ = committer_.generation();
  std::vector<std::string> keys;
  ZB_RETURN_IF_ERROR(
      engine_.TakeSnapshot()->Scan(Table::kGarbage, "", "", [&](absl::string_view key, absl::string_view) {
        keys.emplace_back(key);
        return true;
      }));
  for (const std::string& key : keys) {
    ZB_ASSIGN_OR_RETURN(const Uid uid, ParseUidKey(key));
    ZB_ASSIGN_OR_RETURN(const bool is_garbage, IsGarbage(uid));
    if (!is_garbage) continue;
    ZB_ASSIGN_OR_RETURN(const bool finished, CollectJob(uid));
    if (!finished) return false;
  }
  return true;
}

absl::StatusOr<bool> Collector::IsGarbage(Uid uid) {
  {
    absl::MutexLock lock(&mutex_);
    if (held_.contains(uid)) return false;
  }
  // The job may have become whole since the row was read, but no more from now on: its hold has ended.
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> row, engine_.TakeSnapshot()->Get(Table::kGarbage, UidKey(uid)));
  return row.has_value();
}

absl::StatusOr<bool> Collector::CollectJob(Uid uid) {
  const std::string prefix = UidKey(uid);
  for (const Table table : kTablesOfAJob) {
    bool more = true;
    while (more) {
      if (stopping()) return false;
      ZB_ASSIGN_OR_RETURN(more, DeleteSome(table, prefix));
    }
  }
  WriteBatch last;
  last.Delete(Table::kGarbage, prefix);
  ZB_RETURN_IF_ERROR(Write(std::move(last)));
  return true;
}

absl::StatusOr<bool> Collector::DeleteSome(Table table, absl::string_view prefix) {
  WriteBatch batch;
  ZB_RETURN_IF_ERROR(
      engine_.TakeSnapshot()->Scan(table, prefix, PrefixEnd(prefix), [&](absl::string_view key, absl::string_view) {
        batch.Delete(table, std::string(key));
        return batch.writes().size() < kRowsPerBatch;
      }));
  const size_t num_rows = batch.writes().size();
  if (num_rows > 0) ZB_RETURN_IF_ERROR(Write(std::move(batch)));
  return num_rows == kRowsPerBatch;
}

absl::Status Collector::Write(WriteBatch batch) {
  absl::Status outcome;
  absl::Notification written;
  ZB_RETURN_IF_ERROR(committer_.Enqueue(std::make_shared<const WriteBatch>(std::move(batch)), generation_,
                                        [&](const absl::Status& status) {
                                          outcome = status;
                                          written.Notify();
                                        }));
  written.WaitForNotification();
  return outcome;
}

}  // namespace zeus::bso::storage
