// Rows as they will be when the batches that are queued are written.
#ifndef ZEUS_BSO_STORAGE_LATEST_ROWS_H_
#define ZEUS_BSO_STORAGE_LATEST_ROWS_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "storage/write_batch.h"

namespace zeus::bso::storage {

using QueuedBatches = std::vector<std::shared_ptr<const WriteBatch>>;

// Not thread-safe. Errors of its methods: those of Snapshot, and those of the visitor.
class LatestRows {
 public:
  // Receives one row. Returns false to end the scan; an error ends it too.
  using Visitor = absl::FunctionRef<absl::StatusOr<bool>(absl::string_view key, absl::string_view value)>;

  struct Base {
    std::shared_ptr<const Snapshot> snapshot;
    QueuedBatches queued;  // Batches that the snapshot may lack, in their order.
  };

  // `find_base` is called when a row is first read. `own`: a batch that follows those of the base and still grows; it
  // outlives this object.
  LatestRows(std::function<Base()> find_base, const WriteBatch& own) : find_base_(std::move(find_base)), own_(&own) {}

  absl::StatusOr<std::optional<std::string>> Get(Table table, absl::string_view key) const;

  // As Snapshot::Scan.
  absl::Status Scan(Table table, absl::string_view begin, absl::string_view end, Visitor visit) const;
  // Visits the rows whose keys begin with `prefix`.
  absl::Status ScanPrefix(Table table, absl::string_view prefix, Visitor visit) const;

 private:
  const Base& base() const;
  // Calls `use` with each batch, the oldest first.
  void ForEachBatch(absl::FunctionRef<void(const WriteBatch&)> use) const;

  std::function<Base()> find_base_;
  mutable std::optional<Base> base_;
  const WriteBatch* own_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_LATEST_ROWS_H_
