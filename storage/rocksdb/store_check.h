// Checks a whole store for damage, read-only.
#ifndef ZEUS_BSO_STORAGE_ROCKSDB_STORE_CHECK_H_
#define ZEUS_BSO_STORAGE_ROCKSDB_STORE_CHECK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "storage/rocksdb/read_only_db.h"
#include "storage/rocksdb/readable_rows.h"

namespace zeus::bso::storage {

struct StoreReport {
  struct DamagedJob {
    std::string job_id;
    std::string problem;  // The first one found, in words.
  };

  int64_t intact_jobs = 0;
  std::vector<DamagedJob> damaged_jobs;
  std::vector<UnreadableRange> unreadable_jobs;  // Ranges of job ids, which may contain jobs.

  bool is_intact() const { return damaged_jobs.empty() && unreadable_jobs.empty(); }
};

// Receives the id of an intact job and its row of the jobs table.
using JobVisitor = absl::FunctionRef<void(absl::string_view job_id, absl::string_view value)>;

// Reads all jobs of an open store, and all their rows. Calls `visit` for each intact job.
StoreReport CheckJobs(ReadOnlyDb& store, JobVisitor visit);

// Reads all jobs of the store in `directory`, and all their rows. Changes nothing. Fails with the errors of OpenRocksDb
// if a server would refuse the store, and with STORE_REFUSED if there is none or a server holds it.
absl::StatusOr<StoreReport> CheckStore(const std::string& directory);

// The report as text: one line for each problem, then a summary.
std::string ToText(const StoreReport& report);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_STORE_CHECK_H_
