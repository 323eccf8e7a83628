// The key-value store that everything else stands on: sorted tables and optimistic transactions. A second engine
// implements these two classes and nothing else.
#ifndef ZEUS_BSO_STORAGE_ENGINE_H_
#define ZEUS_BSO_STORAGE_ENGINE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/tables.h"

namespace zeus::bso::storage {

// Takes one row of a scan; false ends the scan. Key and value live for the call only.
using RowVisitor = absl::FunctionRef<bool(absl::string_view key, absl::string_view value)>;

// When a transaction's reads see the store.
enum class Isolation {
  // As it was when the transaction began.
  kSnapshot,
  // As it was at one time since then, the same for all reads. Where there is no such time, because what was read first
  // has changed before the rest was read, a read fails with LOST_RACE. Cheaper, and for transactions that are short and
  // can be repeated.
  kOptimistic,
};

// One atomic unit of work. Its reads see the store as its Isolation says, overlaid with the transaction's own writes.
// Dropping a transaction that has not committed leaves nothing behind.
//
// Errors of every method: STORAGE_FULL, STORAGE_UNAVAILABLE, STORAGE_CORRUPTED; with kOptimistic also LOST_RACE. Not
// thread-safe.
class Transaction {
 public:
  virtual ~Transaction() = default;

  // The value of `key`, or nothing.
  virtual absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) = 0;

  // As Get; besides, Commit fails when another transaction has written `key` since the time that the reads see.
  virtual absl::StatusOr<std::optional<std::string>> GetForUpdate(Table table, absl::string_view key) = 0;

  // Visits the rows with begin <= key < end in ascending order; an empty `end` means the end of the table. Rows that
  // are visited are not checked for conflicts.
  virtual absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) = 0;

  // Buffered until Commit, which fails when another transaction has written `key` since the time that the reads see.
  // Rows of guarded tables (IsGuarded) are not checked.
  virtual absl::Status Put(Table table, absl::string_view key, absl::string_view value) = 0;
  virtual absl::Status Erase(Table table, absl::string_view key) = 0;

  // Says that a row that was put is hardly read again, so that it needs no place in memory. Changes nothing else.
  virtual void Retire(Table table, absl::string_view key) = 0;

  // Makes all writes visible at once, or none: LOST_RACE when a key that was written or read for update has changed.
  // Does not wait for the disk (Engine::Sync). To be called once at most, and nothing after it.
  virtual absl::Status Commit() = 0;
};

// Thread-safe. Outlives its transactions.
class Engine {
 public:
  virtual ~Engine() = default;

  virtual std::unique_ptr<Transaction> Begin(Isolation isolation) = 0;

  // Grows with each commit. Whatever is visible at the time of the call was committed at or before this position.
  virtual uint64_t CommitPosition() const = 0;

  // OK when every commit that is visible is in the hands of the operating system, so that it survives a crash of the
  // server. Does not wait for the disk.
  virtual absl::Status HandOver() = 0;

  // Returns when every commit that was visible at the time of the call is on the disk.
  virtual absl::Status Sync() = 0;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ENGINE_H_
