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
  return facts.synced_sequence > 0;
}

class LogCheck {
 public:
  LogCheck(const std::vector<StoredLog>& logs, const LogFacts& facts) : logs_(logs), facts_(facts) {}

  absl::StatusOr<std::optional<LogEnd>> Run() {
    for (size_t index = 0; index < logs_.size(); ++index) {
      ZB_ASSIGN_OR_RETURN(const std::optional<LogEnd> end, CheckLog(index));
      if (end.has_value()) return end;
    }
    if (facts_.synced_sequence >= next()) {
      return Damaged(absl::StrCat("the end of its log is missing, from change ", next(), " on"));
    }
    return std::nullopt;
  }

 private:
  // The sequence number that is expected next.
  uint64_t next() const { return next_.value_or(facts_.manifest_sequence + 1); }

  absl::StatusOr<std::optional<LogEnd>> CheckLog(size_t index) {
    const StoredLog& log = logs_[index];
    LogReader reader(log.bytes);
    while (const std::optional<LogRecord> record = reader.Next()) {
      if (record->offset == 0) ZB_RETURN_IF_ERROR(CheckFirst(log, *record));
      if (next_.has_value() && record->sequence < *next_) {
        return Damaged(absl::StrCat(log.name, " has change ", record->sequence, " where ", *next_, " is expected"));
      }
      if (next_.has_value() && record->sequence > *next_) return EndAtGap(index, record->offset);
      next_ = record->sequence + record->count;
    }
    if (reader.AtEnd()) return std::nullopt;
    return EndAtGap(index, reader.position());
  }

  // That no log is missing before this one.
  absl::Status CheckFirst(const StoredLog& log, const LogRecord& record) const {
    if (!next_.has_value() && record.sequence > facts_.manifest_sequence + 1) {
      return Damaged(absl::StrCat("the log before ", log.name, " is missing: this one begins with change ",
                                  record.sequence, ", and tables have changes up to ", facts_.manifest_sequence,
                                  " only"));
    }
    const std::optional<LogMark> mark = MarkOf(record.batch);
    if (!mark.has_value() || mark->last_log < facts_.first_needed_log) return absl::OkStatus();
    const bool is_there = mark->last_log == 0 || std::any_of(logs_.begin(), logs_.end(), [&](const StoredLog& other) {
                            return other.number == mark->last_log && other.number <= log.number;
                          });
    if (is_there) return absl::OkStatus();
    return Damaged(absl::StrCat("the log before ", log.name, ", number ", mark->last_log, ", is missing"));
  }

  // The end of the log is at byte `offset` of this file, unless something shows that what is behind it had been synced.
  absl::StatusOr<LogEnd> EndAtGap(size_t index, size_t offset) const {
    bool was_synced = facts_.synced_sequence >= next() || (next_.has_value() && facts_.table_sequence >= *next_);
    for (size_t later = index; later < logs_.size() && !was_synced; ++later) {
      was_synced = HasMarkBehind(logs_[later], later == index ? offset : 0);
    }
    if (!was_synced) return LogEnd{.index = index, .bytes = offset};
    return Damaged(absl::StrCat(logs_[index].name, " is damaged at byte ", offset));
  }

  // Whether an intact record behind `offset` says that the change that is missing had been synced.
  bool HasMarkBehind(const StoredLog& log, size_t offset) const {
    LogReader reader(log.bytes);
    while (true) {
      std::optional<LogRecord> record = reader.Next();
      if (!record.has_value()) record = reader.Find();
      if (!record.has_value()) return false;
      if (record->offset < offset) continue;
      const std::optional<LogMark> mark = MarkOf(record->batch);
      if (mark.has_value() && mark->synced_sequence >= next()) return true;
    }
  }

  const std::vector<StoredLog>& logs_;
  const LogFacts& facts_;
  std::optional<uint64_t> next_;  // Behind the last record that was read.
};

}  // namespace

absl::StatusOr<std::optional<LogEnd>> FindLogEnd(const std::vector<StoredLog>& logs, const LogFacts& facts) {
  if (!HasMarks(logs, facts)) return std::nullopt;
  return LogCheck(logs, facts).Run();
}

}  // namespace zeus::bso::storage
