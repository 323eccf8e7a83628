#include "storage/rocksdb/rocksdb_transaction.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "storage/keys.h"
#include "storage/rocksdb/log_mark.h"
#include "storage/rocksdb/rocksdb_status.h"
#include "storage/rocksdb/row_head.h"
#include "storage/rocksdb/row_set.h"
#include "storage/rocksdb/slice.h"

namespace zeus::bso::storage {
namespace {

// What the row cache keeps of a table.
enum class Kept {
  kNothing,
  kRows,   // Single rows, for tables that are read one by one.
  kSets,   // All rows of a job at once, for tables that are read so.
  kHeads,  // The first rows of a batch size, for tables that are read from there.
};

Kept KeptOf(Table table) {
  switch (table) {
    case Table::kJobs:
    case Table::kTrials:
    case Table::kCostMoments:
      return Kept::kRows;
    case Table::kExplorations:
    case Table::kArms:
    case Table::kCurvesSizes:
      return Kept::kSets;
    case Table::kResults:
      return Kept::kHeads;
    case Table::kMeta:
    case Table::kClients:
    case Table::kGarbage:
    case Table::kAnswers:
    case Table::kDue:
    case Table::kSummaries:
      return Kept::kNothing;
  }
  return Kept::kNothing;
}

// The key of a row or a set in the cache.
std::string CacheKey(Table table, absl::string_view key) {
  const auto table_byte = static_cast<char>(table);
  return absl::StrCat(absl::string_view(&table_byte, 1), key);
}

std::string HeadCacheKey(Table table, absl::string_view row_key) {
  return CacheKey(table, row_key.substr(0, kUidBytes + kBatchSizeBytes));
}

std::string SetCacheKey(Table table, absl::string_view row_key) {
  return CacheKey(table, row_key.substr(0, kUidBytes));
}

bool IsWholeSet(Table table, absl::string_view begin, absl::string_view end) {
  return KeptOf(table) == Kept::kSets && begin.size() == kUidBytes && end == PrefixEnd(begin);
}

// Tables whose rows are checked for conflicts and have clocks in the row cache.
bool HasClock(Table table) { return !IsGuarded(table) && KeptOf(table) == Kept::kRows; }

// Tables whose conflicts RocksDB finds.
bool IsTracked(Table table) { return !IsGuarded(table) && !HasClock(table); }

bool IsFromHead(Table table, absl::string_view begin, absl::string_view end) {
  return KeptOf(table) == Kept::kHeads && begin.size() == kUidBytes + kBatchSizeBytes && end == PrefixEnd(begin);
}

absl::Status LostRace() {
  return MakeError(Reason::kLostRace, "another call changed what was read at the same time; repeat the call");
}

RowCache::Outcome OutcomeOf(const absl::Status& commit) {
  if (commit.ok()) return RowCache::Outcome::kCommitted;
  return HasReason(commit, Reason::kLostRace) ? RowCache::Outcome::kNothingWritten : RowCache::Outcome::kUnknown;
}

absl::StatusOr<std::optional<std::string>> ToValue(const rocksdb::Status& status, std::string value) {
  if (status.IsNotFound()) return std::nullopt;
  ZB_RETURN_IF_ERROR(FromRocksDb(status));
  return value;
}

}  // namespace

RocksDbTransaction::RocksDbTransaction(const RocksDbParts& parts, Isolation isolation) : parts_(parts) {
  if (isolation == Isolation::kSnapshot) BeginNow();
}

void RocksDbTransaction::BeginNow() {
  position_ = parts_.db.GetLatestSequenceNumber();
  rocksdb::OptimisticTransactionOptions options;
  options.set_snapshot = true;
  transaction_.reset(parts_.db.BeginTransaction({}, options));
  read_options_.snapshot = transaction_->GetSnapshot();
}

absl::Status RocksDbTransaction::Begin() {
  if (transaction_ != nullptr) return absl::OkStatus();
  BeginNow();
  if (ReadsHold()) return absl::OkStatus();
  transaction_.reset();  // So that whatever is tried next fails alike.
  return LostRace();
}

bool RocksDbTransaction::ReadsHold() const {
  return std::all_of(stamps_.begin(), stamps_.end(),
                     [this](const RowCache::Stamp& stamp) { return parts_.cache.Holds(stamp); });
}

bool RocksDbTransaction::HasWritten(absl::string_view cache_key) const {
  return std::any_of(changes_.begin(), changes_.end(),
                     [&](const RowCache::Change& change) { return change.key == cache_key; });
}

absl::StatusOr<std::optional<std::string>> RocksDbTransaction::FindKept(const std::string& key) {
  if (HasWritten(key)) return std::nullopt;
  if (transaction_ != nullptr) {
    std::optional<RowCache::Kept> kept = parts_.cache.Find(key, position_);
    if (!kept.has_value()) return std::nullopt;
    return std::move(kept->value);
  }
  std::optional<RowCache::Kept> kept = parts_.cache.Find(key, RowCache::kAnyPosition);
  if (!kept.has_value()) return std::nullopt;
  if (!ReadsHold()) return LostRace();
  stamps_.push_back(kept->stamp);
  return std::move(kept->value);
}

absl::StatusOr<std::optional<std::string>> RocksDbTransaction::Get(Table table, absl::string_view key) {
  const Kept kept = KeptOf(table);
  if (kept == Kept::kNothing || kept == Kept::kHeads) return GetStored(table, key);
  const std::string cache_key = kept == Kept::kRows ? CacheKey(table, key) : SetCacheKey(table, key);
  ZB_ASSIGN_OR_RETURN(std::optional<std::string> found, FindKept(cache_key));
  if (found.has_value()) return kept == Kept::kRows ? std::move(found) : FindRow(*found, key);
  if (HasWritten(cache_key)) return GetStored(table, key);
  if (kept == Kept::kSets) return GetFromSet(table, key);
  ZB_ASSIGN_OR_RETURN(std::optional<std::string> stored, GetStored(table, key));
  if (stored.has_value()) parts_.cache.Keep(cache_key, *stored, position_);
  return stored;
}

absl::StatusOr<std::optional<std::string>> RocksDbTransaction::GetFromSet(Table table, absl::string_view key) {
  const absl::string_view prefix = key.substr(0, kUidBytes);
  std::optional<std::string> found;
  ZB_RETURN_IF_ERROR(Scan(table, prefix, PrefixEnd(prefix), [&](absl::string_view row_key, absl::string_view value) {
    if (row_key == key) found.emplace(value);
    return true;
  }));
  return found;
}

absl::StatusOr<std::optional<std::string>> RocksDbTransaction::GetStored(Table table, absl::string_view key) {
  ZB_RETURN_IF_ERROR(Begin());
  std::string value;
  const rocksdb::Status status = transaction_->Get(read_options_, Family(table), ToSlice(key), &value);
  return ToValue(status, std::move(value));
}

absl::StatusOr<std::optional<std::string>> RocksDbTransaction::GetForUpdate(Table table, absl::string_view key) {
  ZB_RETURN_IF_ERROR(Begin());
  CheckAtCommit(table, key);
  if (HasClock(table)) return Get(table, key);
  std::string value;
  const rocksdb::Status status = transaction_->GetForUpdate(read_options_, Family(table), ToSlice(key), &value);
  return ToValue(status, std::move(value));
}

absl::Status RocksDbTransaction::Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) {
  if (IsFromHead(table, begin, end)) return ScanFromHead(table, begin, visit);
  if (!IsWholeSet(table, begin, end)) return ScanStored(table, begin, end, visit).status();
  const std::string cache_key = CacheKey(table, begin);
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> kept, FindKept(cache_key));
  if (kept.has_value()) {
    VisitRows(*kept, visit);
    return absl::OkStatus();
  }
  std::string set;
  ZB_ASSIGN_OR_RETURN(const bool complete,
                      ScanStored(table, begin, end, [&](absl::string_view key, absl::string_view value) {
                        AppendRow(set, key, value);
                        return visit(key, value);
                      }));
  if (complete && !HasWritten(cache_key)) parts_.cache.Keep(cache_key, std::move(set), position_);
  return absl::OkStatus();
}

absl::Status RocksDbTransaction::ScanFromHead(Table table, absl::string_view prefix, RowVisitor visit) {
  const std::string cache_key = CacheKey(table, prefix);
  ZB_ASSIGN_OR_RETURN(std::optional<std::string> kept, FindKept(cache_key));
  std::string head = std::move(kept).value_or("");
  const std::optional<std::string> next = VisitHead(head, prefix, visit);
  if (!next.has_value()) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const bool complete,
                      ScanStored(table, *next, PrefixEnd(prefix), [&](absl::string_view key, absl::string_view value) {
                        AppendToHead(head, key, value);
                        return visit(key, value);
                      }));
  if (complete) AppendEndToHead(head);
  if (!HasWritten(cache_key)) parts_.cache.Keep(cache_key, std::move(head), position_);
  return absl::OkStatus();
}

absl::StatusOr<bool> RocksDbTransaction::ScanStored(Table table, absl::string_view begin, absl::string_view end,
                                                    RowVisitor visit) {
  ZB_RETURN_IF_ERROR(Begin());
  rocksdb::ReadOptions options = read_options_;
  const rocksdb::Slice upper_bound = ToSlice(end);
  if (!end.empty()) options.iterate_upper_bound = &upper_bound;
  const std::unique_ptr<rocksdb::Iterator> rows(transaction_->GetIterator(options, Family(table)));
  for (rows->Seek(ToSlice(begin)); rows->Valid(); rows->Next()) {
    if (!end.empty() && ToView(rows->key()) >= end) break;
    if (!visit(ToView(rows->key()), ToView(rows->value()))) return false;
  }
  ZB_RETURN_IF_ERROR(FromRocksDb(rows->status()));
  return true;
}

absl::Status RocksDbTransaction::Put(Table table, absl::string_view key, absl::string_view value) {
  ZB_RETURN_IF_ERROR(Begin());
  NoteChange(table, key, std::string(value));
  if (IsTracked(table)) return FromRocksDb(transaction_->Put(Family(table), ToSlice(key), ToSlice(value)));
  CheckAtCommit(table, key);
  return FromRocksDb(transaction_->PutUntracked(Family(table), ToSlice(key), ToSlice(value)));
}

absl::Status RocksDbTransaction::Erase(Table table, absl::string_view key) {
  ZB_RETURN_IF_ERROR(Begin());
  NoteChange(table, key, std::nullopt);
  if (IsTracked(table)) return FromRocksDb(transaction_->Delete(Family(table), ToSlice(key)));
  CheckAtCommit(table, key);
  return FromRocksDb(transaction_->DeleteUntracked(Family(table), ToSlice(key)));
}

void RocksDbTransaction::Retire(Table table, absl::string_view key) {
  if (KeptOf(table) != Kept::kRows) return;
  const std::string cache_key = CacheKey(table, key);
  for (RowCache::Change& change : changes_) {
    if (change.key == cache_key) change.value.reset();
  }
}

void RocksDbTransaction::NoteChange(Table table, absl::string_view key, std::optional<std::string> value) {
  switch (KeptOf(table)) {
    case Kept::kNothing:
      return;
    case Kept::kRows:
      changes_.push_back({.key = CacheKey(table, key), .row = "", .value = std::move(value)});
      return;
    case Kept::kSets:
      changes_.push_back({.key = SetCacheKey(table, key), .row = std::string(key), .value = std::move(value)});
      return;
    case Kept::kHeads:
      changes_.push_back(
          {.key = HeadCacheKey(table, key), .row = std::string(key), .value = std::move(value), .in_head = true});
      return;
  }
}

absl::Status RocksDbTransaction::Commit() {
  if (transaction_ == nullptr) return absl::OkStatus();  // Nothing was written or read for update.
  // While the disk takes nothing, nothing more is committed.
  ZB_RETURN_IF_ERROR(FromRocksDb(parts_.files.WriteRefused()));
  absl::MutexLock lock(&parts_.commit_mutex);
  ZB_RETURN_IF_ERROR(TrackWhatMayHaveChanged());
  transaction_->PutLogData(
      EncodeMark({.synced_sequence = parts_.synced_sequence, .last_log = parts_.files.last_log()}));
  parts_.cache.BeginCommit(changes_);
  absl::Status status = FromRocksDb(transaction_->Commit());
  parts_.cache.EndCommit(changes_, OutcomeOf(status), parts_.db.GetLatestSequenceNumber());
  return status;
}

void RocksDbTransaction::CheckAtCommit(Table table, absl::string_view key) {
  if (HasClock(table)) checked_.emplace_back(table, key);
}

absl::Status RocksDbTransaction::TrackWhatMayHaveChanged() {
  for (const auto& [table, key] : checked_) {
    if (parts_.cache.IsUnchangedSince(CacheKey(table, key), position_)) continue;
    std::string unused;
    const rocksdb::Status status = transaction_->GetForUpdate(read_options_, Family(table), ToSlice(key), &unused);
    if (!status.ok() && !status.IsNotFound()) return FromRocksDb(status);
  }
  return absl::OkStatus();
}

}  // namespace zeus::bso::storage
