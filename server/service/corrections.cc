#include "server/service/corrections.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/policy/cost.h"
#include "server/policy/curves/corrections.h"
#include "server/service/job_checks.h"
#include "server/service/recount.h"
#include "server/service/service_records.h"

namespace zeus::bso {
namespace {

using curves::KnownJob;

void ForgetIf(int64_t trial_number, int64_t& last) {
  if (last == trial_number) last = 0;
}

// A trial of the curves policy is not counted any more. What it taught is forgotten when the job is learned anew.
absl::Status Uncount(storage::Session& session, const Job& job, const Trial& trial) {
  const std::string& job_id = job.spec.job_id;
  if (!curves::HasSize(job.spec, trial.batch_size)) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const std::vector<CurvesSize> sizes, session.FetchCurvesSizes(job_id));
  CurvesSize size = sizes[curves::IndexOf(job.spec, trial.batch_size)];
  if (trial.end_revision.value_or(0) < size.added_revision) return absl::OkStatus();
  int64_t& count = trial.result.has_value() && trial.result->converged ? size.num_converged : size.num_failed;
  count = std::max<int64_t>(count - 1, 0);
  ForgetIf(trial.trial_number, size.last_converged_trial);
  ForgetIf(trial.trial_number, size.last_failed_trial);
  ForgetIf(trial.trial_number, size.last_infeasible_trial);
  return session.PutCurvesSize(job_id, size);
}

// Takes back what a trial that does not count any more had taught.
absl::Status Unlearn(ZeusService& service, Job& job, const Trial& trial) {
  if (trial.failure == TrialFailure::kCancelled) return absl::OkStatus();
  const std::string& job_id = job.spec.job_id;
  storage::Session& session = service.session();
  if (job.curves.has_value()) {
    ZB_RETURN_IF_ERROR(Uncount(session, job, trial));
    ZB_RETURN_IF_ERROR(session.AskToRelearn(job_id, service.now().serving));
  } else {
    ServiceRecords records(service, job_id);
    ZB_ASSIGN_OR_RETURN(const Lesson lesson, service.zeus().Unlearn(job, trial, records));
    ZB_RETURN_IF_ERROR(service.Apply(job_id, trial, lesson));
  }
  const bool may_be_min_cost = trial.result.has_value() && trial.result->converged && job.min_cost.has_value() &&
                               Cost(job.spec, *trial.result) <= *job.min_cost;
  if (may_be_min_cost) ZB_RETURN_IF_ERROR(RecountMinCost(session, job));
  return RecountLatestResults(session, job);
}

absl::StatusOr<std::vector<int64_t>> ResetInCurves(ZeusService& service, const JobSpec& spec, int64_t batch_size) {
  storage::Session& session = service.session();
  ZB_ASSIGN_OR_RETURN(const Job* const fetched, session.FetchedJob(spec.job_id));
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, session.FetchCurvesSizes(spec.job_id));
  KnownJob known{.spec = spec, .job = *fetched->curves, .sizes = std::move(sizes)};
  const std::vector<int64_t> reset = curves::ResetSize(batch_size, known);
  if (reset.empty()) return reset;
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session.VersionOf(spec.job_id));
  known.sizes[curves::IndexOf(spec, batch_size)].reset_revision = version.revision + 1;
  ZB_ASSIGN_OR_RETURN(Job* const job, session.MutableJob(spec.job_id));
  std::vector<CurvesSize> changed;
  service.curves().Take(std::move(known), *job, changed);
  for (const CurvesSize& size : changed) ZB_RETURN_IF_ERROR(session.PutCurvesSize(spec.job_id, size));
  return reset;
}

absl::StatusOr<std::vector<int64_t>> ResetInZeus(ZeusService& service, const JobSpec& spec, int64_t batch_size) {
  storage::Session& session = service.session();
  ZB_ASSIGN_OR_RETURN(const Job* const fetched, session.FetchedJob(spec.job_id));
  if (!fetched->failures.contains(batch_size)) return std::vector<int64_t>();
  ZB_ASSIGN_OR_RETURN(Job* const job, session.MutableJob(spec.job_id));
  ServiceRecords records(service, spec.job_id);
  ZB_ASSIGN_OR_RETURN(const ZeusPolicy::Reset reset, service.zeus().ResetSize(*job, batch_size, records));
  for (const GaussianTsArm& arm : reset.new_arms) ZB_RETURN_IF_ERROR(session.InsertArm(spec.job_id, arm));
  return reset.batch_sizes;
}

}  // namespace

absl::StatusOr<const Trial*> VoidTrial(ZeusService& service, const TrialKey& key, absl::string_view reason) {
  storage::Session& session = service.session();
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session.FetchedTrial(key));
  if (trial->status == TrialStatus::kDispatched) {
    return MakeError(Reason::kTrialRunning, absl::StrCat("trial ", key.trial_number, " of job '", key.job_id,
                                                         "' has not ended: end it first, as cancelled perhaps"));
  }
  if (trial->voided.has_value()) return trial;
  ZB_ASSIGN_OR_RETURN(Job* const job, session.MutableJob(key.job_id));
  Trial voided = *trial;
  voided.voided = TrialVoid{.reason = std::string(reason), .time = service.now().wall};
  ZB_ASSIGN_OR_RETURN(const Trial* const stored, session.AmendTrial(voided));
  ZB_RETURN_IF_ERROR(Unlearn(service, *job, voided));
  ++job->num_corrections;
  ZB_RETURN_IF_ERROR(service.RenewWarnings(*job));
  return stored;
}

absl::StatusOr<std::vector<int64_t>> ResetBatchSize(ZeusService& service, absl::string_view job_id,
                                                    int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(const Job* const fetched, service.session().FetchedJob(job_id));
  ZB_RETURN_IF_ERROR(CheckBatchSize(*fetched, batch_size));
  const JobSpec spec = fetched->spec;
  ZB_ASSIGN_OR_RETURN(std::vector<int64_t> reset, fetched->curves.has_value() ? ResetInCurves(service, spec, batch_size)
                                                                              : ResetInZeus(service, spec, batch_size));
  if (reset.empty()) return reset;
  ZB_ASSIGN_OR_RETURN(Job* const job, service.session().MutableJob(job_id));
  ++job->num_corrections;
  ZB_RETURN_IF_ERROR(service.RenewWarnings(*job));
  return reset;
}

}  // namespace zeus::bso
