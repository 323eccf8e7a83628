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
absl::Status ScanRows(const Snapshot& snapshot, Table table, absl::string_view begin, absl::string_view end,
                      Visit visit) {
  absl::Status visited;
  ZB_RETURN_IF_ERROR(snapshot.Scan(table, begin, end, [&](absl::string_view key, absl::string_view value) {
    absl::StatusOr<bool> more = visit(key, value);
    visited = more.status();
    return more.ok() && *more;
  }));
  return visited;
}

// Where a scan of jobs begins.
std::string FirstJobId(absl::string_view prefix, absl::string_view after) {
  return after.empty() ? std::string(prefix) : std::max(std::string(prefix), KeyAfter(after));
}

}  // namespace

absl::StatusOr<std::vector<GaussianTsArm>> Session::ReadArms(absl::string_view job_id) {
  std::vector<GaussianTsArm> read;
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return read;
  ZB_ASSIGN_OR_RETURN(const LoadedJob::Arms* const arms, entry->loaded().FindArms(*entry->rows));
  for (const auto& [batch_size, arm] : *arms) read.push_back(arm);
  return read;
}

absl::StatusOr<std::vector<CurvesSize>> Session::FetchCurvesSizes(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, FetchedJob(job_id));
  if (!job->curves.has_value()) return std::vector<CurvesSize>();
  const JobEntry& entry = *Find(job_id);
  ZB_ASSIGN_OR_RETURN(const std::vector<CurvesSize>* const sizes, entry.loaded().FindCurvesSizes(*entry.rows));
  return *sizes;
}

absl::StatusOr<Explorations> Session::ReadExplorations(absl::string_view job_id) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return Explorations();
  ZB_ASSIGN_OR_RETURN(const Explorations* const explorations, entry->loaded().FindExplorations(*entry->rows));
  return *explorations;
}

absl::StatusOr<std::vector<TrialResult>> Session::ReadResults(absl::string_view job_id, int64_t batch_size,
                                                              int64_t limit) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return std::vector<TrialResult>();
  return entry->loaded().FindResults(batch_size, limit, *entry->rows);
}

absl::StatusOr<std::optional<CostMoments>> Session::ReadCostMoments(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return std::nullopt;
  return entry->loaded().FindCostMoments(batch_size, *entry->rows);
}

absl::Status Session::ScanTrials(absl::string_view job_id, int64_t after, absl::FunctionRef<bool(const Trial&)> visit) {
  ZB_ASSIGN_OR_RETURN(JobEntry* const entry, Load(job_id));
  if (entry == nullptr) return absl::OkStatus();
  const Uid uid = entry->row().uid;
  const std::optional<TrialHistory>& history = entry->row().job.history;
  // Rows that were collected leave traces in an engine, which the scan need not pass.
  const int64_t first = std::max(after + 1, history.has_value() ? history->first : 1);
  return entry->rows->Scan(Table::kTrials, TrialRowKey(uid, first), PrefixEnd(UidKey(uid)),
                           [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                             ZB_ASSIGN_OR_RETURN(const UidAndNumber names, ParseTrialRowKey(key));
                             ZB_ASSIGN_OR_RETURN(Trial trial, DecodeTrial(job_id, names.trial_number, value));
                             trial.job_uid = uid;
                             return visit(trial);
                           });
}

absl::StatusOr<bool> Session::VisitJob(absl::string_view key, absl::string_view value, JobVisitor visit) {
  ZB_RETURN_IF_ERROR(CheckJobId(key));
  ZB_ASSIGN_OR_RETURN(const JobRow row, DecodeJob(key, value));
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> stored, snapshot().Get(Table::kSummaries, UidKey(row.uid)));
  std::optional<JobSummary> summary;
  if (stored.has_value()) {
    ZB_ASSIGN_OR_RETURN(summary, DecodeJobSummary(*stored));
  }
  return visit(row.job, summary);
}

absl::Status Session::ScanJobs(absl::string_view prefix, absl::string_view after, JobVisitor visit) {
  return ScanRows(snapshot(), Table::kJobs, FirstJobId(prefix, after), PrefixEnd(prefix),
                  [&](absl::string_view key, absl::string_view value) { return VisitJob(key, value, visit); });
}

absl::Status Session::ScanReadableJobs(absl::string_view prefix, absl::string_view after, JobVisitor visit,
                                       RangeVisitor skipped) {
  std::string last(after);  // The id of the last job that could be read.
  bool has_skipped = false;
  bool has_ended = false;
  const auto visit_row = [&](absl::string_view key, absl::string_view value) {
    const absl::StatusOr<bool> more = VisitJob(key, value, visit);
    if (!more.ok()) {
      has_skipped = true;
      return true;
    }
    has_ended = !*more;
    if (has_ended) return false;
    if (std::exchange(has_skipped, false)) skipped({.after = last, .before = std::string(key)});
    last = std::string(key);
    return true;
  };
  ZB_RETURN_IF_ERROR(snapshot().ScanReadable(Table::kJobs, FirstJobId(prefix, after), PrefixEnd(prefix), visit_row,
                                             [&](const UnreadableRange&) { has_skipped = true; }));
  if (has_skipped && !has_ended) skipped({.after = last, .before = ""});
  return absl::OkStatus();
}

absl::StatusOr<std::optional<JobSummary>> Session::ReadSummary(absl::string_view job_id) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  const JobEntry& entry = *Find(job_id);
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      entry.rows->Get(Table::kSummaries, UidKey(entry.row().uid)));
  if (!value.has_value()) return std::nullopt;
  return DecodeJobSummary(*value);
}

absl::StatusOr<LatestRows> Session::LockRequest(absl::string_view request_id) {
  if (lease_ == nullptr) return RowsOfSnapshot();
  const JobCache::Entry* const entry = lease_->Lock(LockOfRequest(request_id));
  if (entry == nullptr) {
    return MakeError(Reason::kLostRace, "another call has the same request_id; repeat the call");
  }
  return RowsOf(*entry);
}

absl::StatusOr<std::optional<Answer>> Session::FindAnswer(absl::string_view request_id) {
  ZB_ASSIGN_OR_RETURN(const LatestRows rows, LockRequest(request_id));
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value, rows.Get(Table::kAnswers, request_id));
  if (!value.has_value()) return std::nullopt;
  return DecodeAnswer(*value);
}

absl::Status Session::ScanDue(absl::string_view after, absl::Time until, absl::FunctionRef<bool(const Due&)> visit,
                              absl::Time& next) {
  next = absl::InfiniteFuture();
  const std::string first = DueRowKey(absl::FromUnixMicros(parts_.nothing_due_before.load()), "");
  return ScanRows(snapshot(), Table::kDue, after.empty() ? first : KeyAfter(after), "",
                  [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                    ZB_ASSIGN_OR_RETURN(const Due due, DecodeDue(key, value));
                    if (due.time <= until) return visit(due);
                    next = due.time;
                    return false;
                  });
}

}  // namespace zeus::bso::storage
