// The key-value store that everything else stands on: sorted tables. An engine reads at a snapshot and writes batches,
// and knows nothing of conflicts. A second engine implements these two classes and nothing else.
#ifndef ZEUS_BSO_STORAGE_ENGINE_H_
#define ZEUS_BSO_STORAGE_ENGINE_H_

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/tables.h"
#include "storage/write_batch.h"

namespace zeus::bso::storage {

// Receives one row of a scan. Returns false to end the scan. Key and value are valid during the call only.
using RowVisitor = absl::FunctionRef<bool(absl::string_view key, absl::string_view value)>;

// The keys greater than `after` and less than `before` cannot be read. An empty `after` means from the first key on, an
// empty `before` to the last.
struct UnreadableRange {
  std::string after;
  std::string before;

  bool operator==(const UnreadableRange&) const = default;
};

// Receives a range that a scan has skipped.
using RangeVisitor = absl::FunctionRef<void(const UnreadableRange&)>;

// Reads the state that the store had at one time. Thread-safe. Must not outlive the engine.
//
// Errors of all methods: STORAGE_CORRUPTED; STORAGE_UNAVAILABLE, also if the engine was reopened after the snapshot
// was taken.
class Snapshot {
 public:
  virtual ~Snapshot() = default;

  // The value of `key`, or nothing.
  virtual absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const = 0;

  // Visits the rows with begin <= key < end in ascending order. An empty `end` means the end of the table.
  virtual absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit) const = 0;

  // The same, but goes on behind rows that cannot be read.
  virtual absl::Status ScanReadable(Table table, absl::string_view begin, absl::string_view end, RowVisitor visit,
                                    RangeVisitor skipped) const = 0;
};

// Thread-safe, but Write, Probe and Reopen are for one thread.
class Engine {
 public:
  // Receives an error that the engine met in the background, after which it must be reopened. Must not block.
  using FailureHandler = std::function<void(const absl::Status&)>;

  virtual ~Engine() = default;

  // The present state. It has all batches that were written, each of them whole.
  virtual std::unique_ptr<Snapshot> TakeSnapshot() = 0;

  // Writes all batches in this order, all of them or none. With `sync` they are on the disk when it returns, together
  // with all batches before; otherwise they survive a crash of the process, but not one of the machine.
  // STORAGE_FULL, STORAGE_UNAVAILABLE: it is not known whether they were written, and the engine must be reopened
  // before it writes again.
  virtual absl::Status Write(std::span<const WriteBatch* const> batches, bool sync) = 0;

  // Whether the disk would take what Reopen writes. STORAGE_FULL, STORAGE_UNAVAILABLE.
  virtual absl::Status Probe() = 0;

  // Opens the store again after an error. Reads wait meanwhile, and snapshots that were taken before fail. After an
  // error of Reopen itself, reads go on if the store can at least be read.
  virtual absl::Status Reopen() = 0;

  // Null: nobody is told. When it returns, the handler before is not called any more.
  virtual void SetFailureHandler(FailureHandler handler) = 0;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ENGINE_H_
