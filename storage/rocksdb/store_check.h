// Looks for damage in a whole store, without changing it.
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
    std::string what;  // What was found first, in words.
  };

  int64_t intact_jobs = 0;
  std::vector<DamagedJob> damaged_jobs;
  std::vector<UnreadableRange> unreadable_jobs;  // By job id: there may be jobs, and there may be none.

  bool is_intact() const { return damaged_jobs.empty() && unreadable_jobs.empty(); }
};

// Takes an intact job: its id, and its row of the jobs table.
using JobVisitor = absl::FunctionRef<void(absl::string_view job_id, absl::string_view value)>;

// Reads every row of a store that is open. Calls `visit` for each intact job.
StoreReport CheckJobs(ReadOnlyDb& store, JobVisitor visit);

// Reads every row of the store in `directory`, which no server may work on meanwhile. Errors as OpenRocksDb, which
// would refuse the store as well; besides, STORE_REFUSED where there is none.
absl::StatusOr<StoreReport> CheckStore(const std::string& directory);

// The same in words, a finding a line, with a summary as the last one.
std::string ToText(const StoreReport& report);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_ROCKSDB_STORE_CHECK_H_
