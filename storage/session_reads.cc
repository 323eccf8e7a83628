// What a session reads without remembering it.
#include <algorithm>
#include <utility>

#include "model/error.h"
#include "model/status_macros.h"
#include "storage/session.h"

namespace zeus::bso::storage {
namespace {

// Runs a scan whose visitor can fail: the first error ends the scan and is returned.
template <typename Visit>
absl::Status ScanRows(Transaction& transaction, Table table, absl::string_view begin, absl::string_view end,
                      Visit visit) {
  absl::Status visited;
  ZB_RETURN_IF_ERROR(transaction.Scan(table, begin, end, [&](absl::string_view key, absl::string_view value) {
    absl::StatusOr<bool> more = visit(key, value);
    visited = more.status();
    return more.ok() && *more;
  }));
  return visited;
}

}  // namespace

absl::StatusOr<std::vector<GaussianTsArm>> Session::ReadArms(absl::string_view job_id) {
  std::vector<GaussianTsArm> arms;
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return arms;
  const std::string prefix = UidKey(entry->row.uid);
  ZB_RETURN_IF_ERROR(ScanRows(*transaction_, Table::kArms, prefix, PrefixEnd(prefix),
                              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                ZB_ASSIGN_OR_RETURN(const int64_t batch_size, BatchSizeOfArmRow(key));
                                ZB_ASSIGN_OR_RETURN(arms.emplace_back(), DecodeArm(batch_size, value));
                                return true;
                              }));
  return arms;
}

absl::StatusOr<std::vector<CurvesSize>> Session::FetchCurvesSizes(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, FetchedJob(job_id));
  if (!job->curves.has_value()) return std::vector<CurvesSize>();
  JobEntry& entry = *Find(job_id);
  if (!entry.curves_sizes.has_value()) {
    ZB_ASSIGN_OR_RETURN(entry.curves_sizes, ReadCurvesSizes(entry));
  }
  return *entry.curves_sizes;
}

absl::StatusOr<std::vector<CurvesSize>> Session::ReadCurvesSizes(const JobEntry& entry) {
  const Job& job = entry.row.job;
  std::vector<CurvesSize> sizes;
  const std::string prefix = UidKey(entry.row.uid);
  ZB_RETURN_IF_ERROR(ScanRows(*transaction_, Table::kCurvesSizes, prefix, PrefixEnd(prefix),
                              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                ZB_ASSIGN_OR_RETURN(const int64_t batch_size, BatchSizeOfCurvesSizeRow(key));
                                ZB_ASSIGN_OR_RETURN(sizes.emplace_back(),
                                                    DecodeCurvesSize(batch_size, *job.curves, value));
                                return true;
                              }));
  const bool is_whole =
      std::equal(sizes.begin(), sizes.end(), job.spec.batch_sizes.begin(), job.spec.batch_sizes.end(),
                 [](const CurvesSize& size, int64_t batch_size) { return size.batch_size == batch_size; });
  if (!is_whole) return MakeError(Reason::kStorageCorrupted, "the stored batch sizes are not those of their job");
  return sizes;
}

absl::StatusOr<Explorations> Session::ReadExplorations(absl::string_view job_id) {
  Explorations explorations;
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return explorations;
  const std::string prefix = UidKey(entry->row.uid);
  ZB_RETURN_IF_ERROR(ScanRows(*transaction_, Table::kExplorations, prefix, PrefixEnd(prefix),
                              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                ZB_ASSIGN_OR_RETURN(const SizeAndNumber names, ParseExplorationRowKey(key));
                                Trial& trial = explorations[names.batch_size].emplace_back();
                                ZB_ASSIGN_OR_RETURN(trial, DecodeTrial(job_id, names.trial_number, value));
                                if (trial.status == TrialStatus::kFailed) {
                                  return MakeError(Reason::kStorageCorrupted,
                                                   "a stored exploration has failed, and yet is kept as one");
                                }
                                return true;
                              }));
  return explorations;
}

absl::StatusOr<std::vector<TrialResult>> Session::ReadResults(absl::string_view job_id, int64_t batch_size,
                                                              int64_t limit) {
  std::vector<TrialResult> results;
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return results;
  const std::string prefix = ResultRowPrefix(entry->row.uid, batch_size);
  ZB_RETURN_IF_ERROR(ScanRows(*transaction_, Table::kResults, prefix, PrefixEnd(prefix),
                              [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                                ZB_ASSIGN_OR_RETURN(const SizeAndNumber names, ParseResultRowKey(key));
                                ZB_ASSIGN_OR_RETURN(const Result result, DecodeResult(value));
                                results.push_back({names.trial_number, result});
                                return limit <= 0 || static_cast<int64_t>(results.size()) < limit;
                              }));
  return results;
}

absl::StatusOr<std::optional<CostMoments>> Session::ReadCostMoments(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(const JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return std::nullopt;
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      transaction_->Get(Table::kCostMoments, CostMomentsRowKey(entry->row.uid, batch_size)));
  if (!value.has_value()) return std::nullopt;
  return DecodeCostMoments(*value);
}

absl::Status Session::ScanTrials(absl::string_view job_id, int64_t after, absl::FunctionRef<bool(const Trial&)> visit) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return absl::OkStatus();
  return ScanRows(*transaction_, Table::kTrials, TrialRowKey(entry->row.uid, after + 1),
                  PrefixEnd(UidKey(entry->row.uid)),
                  [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                    ZB_ASSIGN_OR_RETURN(const UidAndNumber names, ParseTrialRowKey(key));
                    ZB_ASSIGN_OR_RETURN(const Trial trial, DecodeTrial(job_id, names.trial_number, value));
                    return visit(trial);
                  });
}

absl::Status Session::ScanJobs(absl::string_view prefix, absl::string_view after,
                               absl::FunctionRef<bool(const Job&, const std::optional<JobSummary>&)> visit) {
  const std::string begin = after.empty() ? std::string(prefix) : std::max(std::string(prefix), KeyAfter(after));
  return ScanRows(*transaction_, Table::kJobs, begin, PrefixEnd(prefix),
                  [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                    ZB_RETURN_IF_ERROR(CheckJobId(key));
                    ZB_ASSIGN_OR_RETURN(const JobRow row, DecodeJob(key, value));
                    ZB_ASSIGN_OR_RETURN(const std::optional<JobSummary> summary, ReadSummaryOf(row.uid));
                    return visit(row.job, summary);
                  });
}

absl::StatusOr<std::optional<JobSummary>> Session::ReadSummary(absl::string_view job_id) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  return ReadSummaryOf(Find(job_id)->row.uid);
}

absl::StatusOr<std::optional<JobSummary>> Session::ReadSummaryOf(Uid uid) {
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value, transaction_->Get(Table::kSummaries, UidKey(uid)));
  if (!value.has_value()) return std::nullopt;
  return DecodeJobSummary(*value);
}

absl::StatusOr<std::optional<Answer>> Session::FindAnswer(absl::string_view request_id) {
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value, transaction_->Get(Table::kAnswers, request_id));
  if (!value.has_value()) return std::nullopt;
  return DecodeAnswer(*value);
}

absl::Status Session::ScanDue(absl::string_view after, absl::Time until, absl::FunctionRef<bool(const Due&)> visit,
                              absl::Time& next) {
  next = absl::InfiniteFuture();
  return ScanRows(*transaction_, Table::kDue, KeyAfter(after), "",
                  [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                    ZB_ASSIGN_OR_RETURN(const Due due, DecodeDue(key, value));
                    if (due.time <= until) return visit(due);
                    next = due.time;
                    return false;
                  });
}

}  // namespace zeus::bso::storage
