#include "server/service/job_update.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "model/trial_history.h"
#include "server/policy/curves/corrections.h"
#include "server/policy/curves/replay.h"
#include "server/service/recount.h"
#include "server/service/spec_fields.h"
#include "server/service/zeus_service.h"

namespace zeus::bso {
namespace {

using curves::KnownJob;

absl::Status FieldsFixed(const JobSpec& spec, const std::vector<std::string>& fields) {
  const std::string names = absl::StrJoin(fields, ",");
  return MakeError(Reason::kFieldFixed,
                   absl::StrCat("job '", spec.job_id, "' follows ",
                                spec.policy == PolicyKind::kCurves ? "POLICY_CURVES" : "POLICY_ZEUS",
                                ", with which these fields cannot change: ", names,
                                ". Register another job, perhaps with this one as its warm_start"),
                   {{"fields", names}});
}

absl::Status CheckChanges(const JobSpec& before, const JobSpec& after, const std::vector<std::string>& fields) {
  std::vector<std::string> fixed;
  for (const std::string& field : fields) {
    if (!CanChange(field, before, after)) fixed.push_back(field);
  }
  if (!fixed.empty()) return FieldsFixed(before, fixed);
  if (after.policy == PolicyKind::kCurves && after.batch_sizes.size() > kMaxCurvesBatchSizes) {
    return MakeFieldError(
        {{"spec.batch_sizes", absl::StrCat("must have at most ", kMaxCurvesBatchSizes, " values with POLICY_CURVES")}});
  }
  return absl::OkStatus();
}

// How many trials a call may learn from, while its job waits: some ten milliseconds of work.
size_t MaxTrialsInCall(size_t num_sizes) {
  constexpr double kWork = 4e6;
  constexpr double kMost = 1'000;
  return static_cast<size_t>(std::clamp(kWork / std::pow(static_cast<double>(num_sizes), 3), 1.0, kMost));
}

// Whether other trials than before may be the least costly.
bool ChangesCosts(const JobSpec& before, const JobSpec& after) {
  const curves::Change change = curves::ChangeBetween(before, after);
  return change.target || change.weights || before.batch_sizes != after.batch_sizes;
}

void SetCounts(const TrialCounts& counts, CurvesSize& size) {
  size.num_trials = counts.num_trials;
  size.num_converged = counts.num_converged;
  size.num_failed = counts.num_failed;
  size.last_converged_trial = counts.last_converged_trial;
  size.last_failed_trial = counts.last_failed_trial;
  size.last_infeasible_trial = counts.last_infeasible_trial;
}

class Update {
 public:
  Update(ZeusService& service, Job& job, const JobSpec& next)
      : service_(service), session_(service.session()), job_id_(next.job_id), job_(job), next_(next) {}

  absl::Status Apply() {
    const JobSpec before = job_.spec;
    const bool changes_policy = before.policy != next_.policy;
    if (changes_policy) {
      ZB_RETURN_IF_ERROR(FollowCurves());
    } else if (job_.curves.has_value()) {
      ZB_RETURN_IF_ERROR(ChangeKnowledge());
    }
    job_.spec = next_;
    if (job_.curves.has_value() && ChangesCosts(before, next_)) ZB_RETURN_IF_ERROR(RecountMinCost(session_, job_));
    if (job_.exp_default_batch_size == before.default_batch_size || job_.curves.has_value()) {
      job_.exp_default_batch_size = next_.default_batch_size;
    }
    if (!job_.min_cost.has_value()) job_.min_cost_batch_size = next_.default_batch_size;
    // Older servers gave trials no timeout.
    if (changes_policy || before.trial_timeout != next_.trial_timeout) ZB_RETURN_IF_ERROR(LookAtRunningTrials());
    ++job_.num_corrections;
    return service_.RenewWarnings(job_);
  }

 private:
  // Learns from the newest trials now, and from all of them in the background.
  absl::Status FollowCurves() {
    ZB_RETURN_IF_ERROR(ChangeBase());
    ZB_ASSIGN_OR_RETURN(const std::optional<CurvesBase> base, session_.ReadCurvesBase(job_id_));
    KnownJob known = curves::NewJob(next_, base);
    ZB_ASSIGN_OR_RETURN(curves::Change change, NextChange());
    ZB_ASSIGN_OR_RETURN(auto counts, TakeCollected(change.target));
    if (curves::Matters(change)) curves::AddChange(change, known.job);
    ZB_RETURN_IF_ERROR(SetFirstTrial(change, known.job));
    const size_t most = MaxTrialsInCall(known.sizes.size());
    std::deque<Trial> newest;
    bool are_all = true;
    // Older servers did not count the trials that run.
    job_.num_running_trials = 0;
    job_.oldest_running_trial.reset();
    ZB_RETURN_IF_ERROR(session_.ScanTrials(job_id_, 0, [&](const Trial& trial) {
      const bool is_running = trial.status == TrialStatus::kDispatched;
      if (is_running && job_.num_running_trials++ == 0) {
        job_.oldest_running_trial = {trial.trial_number, trial.start_time};
      }
      if (!curves::HasSize(next_, trial.batch_size)) {
        if (is_running) ++known.job.num_running_elsewhere;
        return true;
      }
      CountTrial(trial, counts[trial.batch_size]);
      if (is_running) ++known.sizes[curves::IndexOf(next_, trial.batch_size)].state.pending;
      const bool is_in_base = base.has_value() && IsCovered(job_.history, trial);
      if (TaughtItsJob(trial) && !is_in_base) newest.push_back(trial);
      if (newest.size() <= most) return true;
      newest.pop_front();
      are_all = false;
      return true;
    }));
    for (CurvesSize& size : known.sizes) SetCounts(counts[size.batch_size], size);
    std::vector<Trial> trials(newest.begin(), newest.end());
    curves::KeepNewest(most, trials);
    curves::Replay replay(known, base);
    for (const Trial& trial : trials) replay.Learn(trial);
    known = std::move(replay).Finish();

    ZB_RETURN_IF_ERROR(session_.DeleteArmsAndMoments(job_id_));
    job_.failures.clear();
    job_.stage = Stage::kNone;
    job_.spec = next_;
    job_.curves.emplace();
    ZB_RETURN_IF_ERROR(Store(std::move(known)));
    return are_all ? absl::OkStatus() : session_.AskToRelearn(job_id_, service_.now().serving);
  }

  // Changes what is kept of collected trials to what the curves policy needs, and returns their counts by batch size.
  absl::StatusOr<std::map<int64_t, TrialCounts>> TakeCollected(bool changes_target) {
    std::map<int64_t, TrialCounts> counts;
    ZB_ASSIGN_OR_RETURN(const std::vector<CollectedSize> collected, session_.ReadCollectedSizes(job_id_));
    for (const CollectedSize& size : collected) {
      if (!curves::HasSize(next_, size.batch_size)) {
        ZB_RETURN_IF_ERROR(session_.DeleteCollectedSize(job_id_, size.batch_size));
        continue;
      }
      CollectedSize kept{.batch_size = size.batch_size, .counts = size.counts};
      if (!changes_target) kept.cheapest = size.cheapest;
      ZB_RETURN_IF_ERROR(session_.PutCollectedSize(job_id_, kept));
      counts[size.batch_size] = size.counts;
    }
    return counts;
  }

  // What this call changes, with the revision of the job after it.
  absl::StatusOr<curves::Change> NextChange() {
    curves::Change change = curves::ChangeBetween(job_.spec, next_);
    ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session_.VersionOf(job_id_));
    change.revision = version.revision + 1;
    return change;
  }

  absl::Status SetFirstTrial(const curves::Change& change, CurvesJob& job) {
    if (!curves::Matters(change)) return absl::OkStatus();
    ZB_ASSIGN_OR_RETURN(const int64_t last, session_.LastTrialNumber(job_id_));
    job.first_trial_since_change = last + 1;
    return absl::OkStatus();
  }

  absl::Status ChangeKnowledge() {
    ZB_ASSIGN_OR_RETURN(const curves::Change change, NextChange());
    const bool changes_sizes = job_.spec.batch_sizes != next_.batch_sizes;
    ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, session_.FetchCurvesSizes(job_id_));
    KnownJob known{.spec = job_.spec, .job = *job_.curves, .sizes = std::move(sizes)};
    curves::ChangeSpec(next_, change.revision, known);
    ZB_RETURN_IF_ERROR(SetFirstTrial(change, known.job));
    if (changes_sizes) ZB_RETURN_IF_ERROR(CountRunning(known));
    if (changes_sizes || change.weights) ZB_RETURN_IF_ERROR(ChangeBase());
    for (const int64_t batch_size : job_.spec.batch_sizes) {
      if (curves::HasSize(next_, batch_size)) continue;
      ZB_RETURN_IF_ERROR(session_.DeleteCurvesSize(job_id_, batch_size));
      ZB_RETURN_IF_ERROR(session_.DeleteCollectedSize(job_id_, batch_size));
    }
    if (change.target) ZB_RETURN_IF_ERROR(ForgetCheapest());
    job_.spec = next_;
    return Store(std::move(known));
  }

  // Which trials run at which of the sizes that the job has now.
  absl::Status CountRunning(KnownJob& known) {
    for (CurvesSize& size : known.sizes) size.state.pending = 0;
    known.job.num_running_elsewhere = 0;
    ZB_ASSIGN_OR_RETURN(const std::vector<Trial> running, FindRunningTrials(session_, job_id_));
    for (const Trial& trial : running) {
      if (!curves::HasSize(known.spec, trial.batch_size)) {
        ++known.job.num_running_elsewhere;
        continue;
      }
      CurvesSize& size = known.sizes[curves::IndexOf(known.spec, trial.batch_size)];
      ++size.state.pending;
      // One that was removed and is added again has the trials that still run.
      if (!curves::HasSize(job_.spec, trial.batch_size)) ++size.num_trials;
    }
    return absl::OkStatus();
  }

  absl::Status ChangeBase() {
    ZB_ASSIGN_OR_RETURN(std::optional<CurvesBase> base, session_.ReadCurvesBase(job_id_));
    if (!base.has_value()) return absl::OkStatus();
    curves::ChangeSpecOfBase(job_.spec, next_, *base);
    return session_.PutCurvesBase(job_id_, *base);
  }

  // The target has changed: that collected trials reached the one before says nothing any more.
  absl::Status ForgetCheapest() {
    ZB_ASSIGN_OR_RETURN(const std::vector<CollectedSize> collected, session_.ReadCollectedSizes(job_id_));
    for (CollectedSize size : collected) {
      size.cheapest.reset();
      ZB_RETURN_IF_ERROR(session_.PutCollectedSize(job_id_, size));
    }
    return absl::OkStatus();
  }

  absl::Status Store(KnownJob known) {
    if (!curves::AreStorable(known.spec, known.job, known.sizes)) {
      return MakeFieldError({{"spec", "must leave the costs of epochs that are known between 1e-30 and 1e30 J"}});
    }
    std::vector<CurvesSize> sizes;
    service_.curves().Take(std::move(known), job_, sizes);
    for (const CurvesSize& size : sizes) ZB_RETURN_IF_ERROR(session_.PutCurvesSize(job_id_, size));
    return absl::OkStatus();
  }

  // They may be silent for longer or for shorter now.
  absl::Status LookAtRunningTrials() {
    ZB_ASSIGN_OR_RETURN(const std::vector<Trial> running, FindRunningTrials(session_, job_id_));
    for (const Trial& trial : running) {
      ZB_RETURN_IF_ERROR(session_.FetchTrial(KeyOf(trial)).status());
      ZB_ASSIGN_OR_RETURN(const bool alive, service_.LookAt(trial));
      if (alive) continue;
      Trial overdue = trial;
      overdue.deadline = service_.now().serving;
      ZB_RETURN_IF_ERROR(session_.UpdateRunningTrial(overdue));
    }
    return absl::OkStatus();
  }

  ZeusService& service_;
  storage::Session& session_;
  const std::string job_id_;
  Job& job_;
  const JobSpec& next_;
};

}  // namespace

absl::StatusOr<std::vector<FieldChange>> UpdateJob(ZeusService& service, const JobSpec& next) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.session().FetchedJob(next.job_id));
  const JobSpec before = job->spec;
  std::vector<FieldChange> changes;
  const std::vector<std::string> fields = DifferingFields(before, next);
  if (fields.empty()) return changes;
  ZB_RETURN_IF_ERROR(CheckChanges(before, next, fields));
  ZB_ASSIGN_OR_RETURN(Job* const changed, service.session().MutableJob(next.job_id));
  ZB_RETURN_IF_ERROR(Update(service, *changed, next).Apply());
  for (const std::string& field : fields) changes.push_back({field, MeaningOf(field, before, next)});
  return changes;
}

}  // namespace zeus::bso
