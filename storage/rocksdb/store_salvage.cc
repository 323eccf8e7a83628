#include "storage/rocksdb/store_salvage.h"

#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "storage/due.h"
#include "storage/keys.h"
#include "storage/records.h"
#include "storage/rocksdb/rocksdb_check.h"
#include "storage/rocksdb/rocksdb_engine.h"
#include "storage/schema.h"

namespace zeus::bso::storage {
namespace {

constexpr size_t kRowsPerWrite = 1000;

// Writes rows into the new store, kRowsPerWrite at a time.
class Writer {
 public:
  explicit Writer(Engine& engine) : engine_(engine) {}

  absl::Status Put(Table table, absl::string_view key, absl::string_view value) {
    batch_.Put(table, std::string(key), std::string(value));
    return batch_.writes().size() < kRowsPerWrite ? absl::OkStatus() : Write(/*sync=*/false);
  }

  // Writes what is left. With `sync`, all of it is on the disk then.
  absl::Status Write(bool sync) {
    const WriteBatch batch = std::exchange(batch_, WriteBatch());
    const WriteBatch* const batches[] = {&batch};
    return engine_.Write(batches, sync);
  }

 private:
  Engine& engine_;
  WriteBatch batch_;
};

// Copies the schema version and the incarnation, so that the new store gives no uid twice. It counts its jobs itself.
absl::Status CopyMeta(ReadOnlyDb& store, Writer& writer) {
  absl::Status written;
  ZB_RETURN_IF_ERROR(store.ScanPrefix(Table::kMeta, "", [&](absl::string_view key, absl::string_view value) {
    if (key != kJobCountKey) written = writer.Put(Table::kMeta, key, value);
    return written.ok();
  }));
  return written;
}

// Writes the row that says when a running trial is due.
absl::Status PutDue(absl::string_view job_id, absl::string_view key, absl::string_view value, Writer& writer) {
  ZB_ASSIGN_OR_RETURN(const UidAndNumber names, ParseTrialRowKey(key));
  ZB_ASSIGN_OR_RETURN(const Trial trial, DecodeTrial(job_id, names.trial_number, value));
  if (!trial.deadline.has_value()) return absl::OkStatus();
  const Due due{*trial.deadline, DueTrial{names.uid, KeyOf(trial)}};
  return writer.Put(Table::kDue, DueRowKey(due), EncodeDue(due));
}

// Copies the job's own row last: a store ignores rows of a uid that no job has.
absl::Status CopyJob(ReadOnlyDb& store, absl::string_view job_id, absl::string_view value, Writer& writer) {
  ZB_ASSIGN_OR_RETURN(const JobRow row, DecodeJob(job_id, value));
  for (const Table table : kTablesOfAJob) {
    absl::Status written;
    ZB_RETURN_IF_ERROR(
        store.ScanPrefix(table, UidKey(row.uid), [&](absl::string_view row_key, absl::string_view row_value) {
          written = writer.Put(table, row_key, row_value);
          if (written.ok() && table == Table::kTrials) written = PutDue(job_id, row_key, row_value, writer);
          return written.ok();
        }));
    ZB_RETURN_IF_ERROR(written);
  }
  if (row.job.relearning.has_value()) {
    const Due due{*row.job.relearning, DueRelearning{row.uid, std::string(job_id)}};
    ZB_RETURN_IF_ERROR(writer.Put(Table::kDue, DueRowKey(due), EncodeDue(due)));
  }
  return writer.Put(Table::kJobs, job_id, value);
}

absl::Status CheckEmpty(const std::string& target) {
  std::error_code error;
  if (!std::filesystem::exists(target, error) || std::filesystem::is_empty(target, error)) return absl::OkStatus();
  return MakeError(Reason::kStoreRefused,
                   absl::StrCat("'", target, "' has files: what is salvaged goes into a new directory"));
}

}  // namespace

absl::StatusOr<StoreReport> SalvageStore(const std::string& directory, const std::string& target) {
  ZB_RETURN_IF_ERROR(CheckEmpty(target));
  StoreReport report;
  ZB_RETURN_IF_ERROR(ReadRocksDb(directory, [&](ReadOnlyDb& store) -> absl::Status {
    ZB_ASSIGN_OR_RETURN(const std::unique_ptr<Engine> engine, OpenRocksDb(target));
    Writer writer(*engine);
    ZB_RETURN_IF_ERROR(CopyMeta(store, writer));
    absl::Status copied;
    report = CheckJobs(store, [&](absl::string_view job_id, absl::string_view value) {
      if (copied.ok()) copied = CopyJob(store, job_id, value, writer);
    });
    ZB_RETURN_IF_ERROR(copied);
    return writer.Write(/*sync=*/true);
  }));
  return report;
}

}  // namespace zeus::bso::storage
