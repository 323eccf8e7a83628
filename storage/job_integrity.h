// Checks the integrity of one job: its record and all rows under its uid decode and agree with each other.
#ifndef ZEUS_BSO_STORAGE_JOB_INTEGRITY_H_
#define ZEUS_BSO_STORAGE_JOB_INTEGRITY_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "storage/engine.h"
#include "storage/tables.h"

namespace zeus::bso::storage {

// Visits the rows of a table whose keys begin with `prefix`, in ascending order.
using RowReader = absl::FunctionRef<absl::Status(Table table, absl::string_view prefix, RowVisitor visit)>;

// Checks the job with this row of the jobs table. Returns the first problem found, in words, or the error of `read`.
absl::Status CheckJobIntegrity(absl::string_view job_id, absl::string_view value, RowReader read);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_JOB_INTEGRITY_H_
