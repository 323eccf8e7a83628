// A transaction of the embedded engine: RocksDB's, begun when it is needed, behind the row cache.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_TRANSACTION_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_TRANSACTION_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "rocksdb/options.h"
#include "rocksdb/utilities/optimistic_transaction_db.h"
#include "rocksdb/utilities/transaction.h"
#include "storage/engine.h"
#include "storage/rocksdb/row_cache.h"
#include "storage/rocksdb/store_file_system.h"

namespace zeus::bso::storage {

// What all transactions of an engine work on; outlives them.
struct RocksDbParts {
  rocksdb::OptimisticTransactionDB& db;
  const std::vector<rocksdb::ColumnFamilyHandle*>& families;  // In the order of kTables.
  StoreFileSystem& files;
  RowCache& cache;
  const std::atomic<uint64_t>& synced_sequence;  // Changes up to this one are on the disk.
  absl::Mutex& commit_mutex;                     // Held while a transaction looks for conflicts and commits.
};

class RocksDbTransaction : public Transaction {
 public:
  RocksDbTransaction(const RocksDbParts& parts, Isolation isolation);

  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) override;
  absl::StatusOr<std::optional<std::string>> GetForUpdate(Table table, absl::string_view key) override;
  absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) override;
  absl::Status Put(Table table, absl::string_view key, absl::string_view value) override;
  absl::Status Erase(Table table, absl::string_view key) override;
  void Retire(Table table, absl::string_view key) override;
  absl::Status Commit() override;

 private:
  // Begins RocksDB's transaction, if it is not yet. LOST_RACE when what was read without it has changed since.
  absl::Status Begin();
  void BeginNow();

  // What is kept under `key` of the row cache, when it agrees with all that was read before and this transaction has
  // not written to it. LOST_RACE when something that was read before has changed.
  absl::StatusOr<std::optional<std::string>> FindKept(const std::string& key);
  bool HasWritten(absl::string_view cache_key) const;
  bool ReadsHold() const;

  absl::StatusOr<std::optional<std::string>> GetStored(Table table, absl::string_view key);
  // Reads all rows of the set that a row belongs to, so that the others are kept as well.
  absl::StatusOr<std::optional<std::string>> GetFromSet(Table table, absl::string_view key);
  // Scans the rows of one batch size, whose first are kept.
  absl::Status ScanFromHead(Table table, absl::string_view prefix, RowVisitor visit);
  // Runs over the rows themselves; true when it came to their end.
  absl::StatusOr<bool> ScanStored(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit);

  // Notes a row that is to be unchanged at the commit, if it has a clock in the row cache.
  void CheckAtCommit(Table table, absl::string_view key);
  // Has RocksDB check those of which the clocks do not say that they are unchanged: that costs more than a write.
  absl::Status TrackWhatMayHaveChanged();

  void NoteChange(Table table, absl::string_view key, std::optional<std::string> value);

  rocksdb::ColumnFamilyHandle* Family(Table table) const { return parts_.families[static_cast<size_t>(table)]; }

  const RocksDbParts& parts_;
  std::unique_ptr<rocksdb::Transaction> transaction_;
  rocksdb::ReadOptions read_options_;                   // With the snapshot of `transaction_`.
  uint64_t position_ = 0;                               // At or before that snapshot.
  std::vector<RowCache::Stamp> stamps_;                 // Of what was read before `transaction_` began.
  std::vector<RowCache::Change> changes_;               // Of what the row cache keeps.
  std::vector<std::pair<Table, std::string>> checked_;  // Rows to be checked for conflicts that have a clock.
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_ROCKSDB_TRANSACTION_H_
