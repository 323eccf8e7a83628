#include "storage/rocksdb/log_check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "storage/rocksdb/log_mark.h"
#include "storage/rocksdb/log_reader.h"

namespace zeus::bso::storage {
namespace {

absl::Status Damaged(const std::string& what) {
  return MakeError(Reason::kStorageCorrupted, absl::StrCat("the store is damaged: ", what));
}

std::optional<LogRecord> FirstRecord(const StoredLog& log) {
  LogReader reader(log.bytes);
  std::optional<LogRecord> record = reader.Next();
  return record.has_value() ? record : reader.Find();
}

bool HasMarks(const std::vector<StoredLog>& logs, const LogFacts& facts) {
  for (const StoredLog& log : logs) {
    if (const std::optional<LogRecord> record = FirstRecord(log); record.has_value()) {
      return MarkOf(record->batch).has_value();
    }
  }
  return facts.synced.log > 0;
}

class LogCheck {
 public:
  LogCheck(const std::vector<StoredLog>& logs, const LogFacts& facts) : logs_(logs), facts_(facts) {}

  absl::StatusOr<std::optional<LogEnd>> Run() {
    for (size_t index = 0; index < logs_.size(); ++index) {
      ZB_ASSIGN_OR_RETURN(const std::optional<LogEnd> end, CheckLog(index));
      if (end.has_value()) return end;
    }
    const uint64_t last = std::max(facts_.manifest_sequence, next_.value_or(1) - 1);
    if (facts_.synced.sequence > last) {
      return Damaged(absl::StrCat("the end of its log is missing, from change ", last + 1, " on"));
    }
    return std::nullopt;
  }

 private:
  absl::StatusOr<std::optional<LogEnd>> CheckLog(size_t index) {
    const StoredLog& log = logs_[index];
    LogReader reader(log.bytes);
    while (const std::optional<LogRecord> record = reader.Next()) {
      if (record->offset == 0) ZB_RETURN_IF_ERROR(CheckFirst(log, *record));
      if (next_.has_value() && record->sequence != *next_) {
        return Damaged(absl::StrCat(log.name, " has change ", record->sequence, " where ", *next_, " is expected"));
      }
      next_ = record->sequence + record->count;
    }
    if (reader.AtEnd()) return std::nullopt;
    return EndAtGap(index, reader);
  }

  // Nothing is in a log before all is on the disk that is in those before it (store_file_system.h).
  absl::Status CheckFirst(const StoredLog& log, const LogRecord& record) const {
    if (!next_.has_value() && record.sequence > facts_.manifest_sequence + 1) {
      return Damaged(absl::StrCat("the log before ", log.name, " is missing"));
    }
    const std::optional<LogMark> mark = MarkOf(record.batch);
    if (!mark.has_value()) return absl::OkStatus();
    const bool is_there = mark->last_log == 0 || mark->last_log < facts_.first_needed_log ||
                          std::any_of(logs_.begin(), logs_.end(), [&](const StoredLog& other) {
                            return other.number == mark->last_log && other.number <= log.number;
                          });
    if (is_there) return absl::OkStatus();
    return Damaged(absl::StrCat("the log before ", log.name, ", number ", mark->last_log, ", is missing"));
  }

  absl::StatusOr<LogEnd> EndAtGap(size_t index, LogReader& reader) const {
    const StoredLog& log = logs_[index];
    const size_t offset = reader.position();
    const uint64_t next = next_.value_or(facts_.manifest_sequence + 1);
    const Synced& synced = facts_.synced;
    bool was_synced = synced.log > log.number || (synced.log == log.number && synced.log_bytes > offset) ||
                      synced.sequence >= next || (next_.has_value() && facts_.table_sequence >= next);
    for (size_t later = index + 1; later < logs_.size(); ++later) {
      was_synced = was_synced || FirstRecord(logs_[later]).has_value();
    }
    while (!was_synced) {
      const std::optional<LogRecord> record = reader.Find();
      if (!record.has_value()) return LogEnd{.index = index, .bytes = offset};
      const std::optional<LogMark> mark = MarkOf(record->batch);
      was_synced = mark.has_value() && mark->synced_sequence >= next;
    }
    return Damaged(absl::StrCat(log.name, " is damaged at byte ", offset));
  }

  const std::vector<StoredLog>& logs_;
  const LogFacts& facts_;
  std::optional<uint64_t> next_;  // The sequence number that is expected next.
};

}  // namespace

absl::StatusOr<std::optional<LogEnd>> FindLogEnd(const std::vector<StoredLog>& logs, const LogFacts& facts) {
  if (!HasMarks(logs, facts)) return std::nullopt;
  return LogCheck(logs, facts).Run();
}

}  // namespace zeus::bso::storage
