#include "storage/rocksdb/store_check.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/status_macros.h"
#include "storage/job_integrity.h"
#include "storage/rocksdb/rocksdb_check.h"

namespace zeus::bso::storage {
namespace {

std::string Quoted(absl::string_view job_id) { return absl::StrCat("'", absl::Utf8SafeCHexEscape(job_id), "'"); }

std::string ToText(const UnreadableRange& range) {
  if (range.after.empty() && range.before.empty()) return "no job can be read";
  if (range.after.empty()) return absl::StrCat("jobs before ", Quoted(range.before), " cannot be read");
  if (range.before.empty()) return absl::StrCat("jobs after ", Quoted(range.after), " cannot be read");
  return absl::StrCat("jobs between ", Quoted(range.after), " and ", Quoted(range.before), " cannot be read");
}

}  // namespace

StoreReport CheckJobs(ReadOnlyDb& store, JobVisitor visit) {
  StoreReport report;
  rocksdb::ColumnFamilyHandle* const jobs = store.family(Table::kJobs);
  if (jobs == nullptr) return report;
  const auto read = [&](Table table, absl::string_view prefix, RowVisitor visit_row) {
    return store.ScanPrefix(table, prefix, visit_row);
  };
  const auto check = [&](absl::string_view job_id, absl::string_view value) {
    const absl::Status status = CheckJobIntegrity(job_id, value, read);
    if (status.ok()) {
      ++report.intact_jobs;
      visit(job_id, value);
    } else {
      report.damaged_jobs.push_back({std::string(job_id), std::string(status.message())});
    }
    return true;
  };
  ScanReadable(store.db(), jobs, /*snapshot=*/nullptr, "", "", check,
               [&](const UnreadableRange& range) { report.unreadable_jobs.push_back(range); });
  return report;
}

absl::StatusOr<StoreReport> CheckStore(const std::string& directory) {
  StoreReport report;
  ZB_RETURN_IF_ERROR(ReadRocksDb(directory, [&](ReadOnlyDb& store) {
    report = CheckJobs(store, [](absl::string_view, absl::string_view) {});
    return absl::OkStatus();
  }));
  return report;
}

std::string ToText(const StoreReport& report) {
  std::string text;
  for (const UnreadableRange& range : report.unreadable_jobs) absl::StrAppend(&text, ToText(range), "\n");
  for (const StoreReport::DamagedJob& job : report.damaged_jobs) {
    absl::StrAppend(&text, "job ", Quoted(job.job_id), " is damaged: ", job.problem, "\n");
  }
  absl::StrAppend(&text, "intact jobs: ", report.intact_jobs, ", damaged jobs: ", report.damaged_jobs.size(),
                  ", ranges of jobs that cannot be read: ", report.unreadable_jobs.size(), "\n");
  return text;
}

}  // namespace zeus::bso::storage
