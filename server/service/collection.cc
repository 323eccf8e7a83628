#include "server/service/collection.h"

#include <algorithm>
#include <cstddef>
#include <map>
#include <queue>
#include <utility>

#include "model/status_macros.h"
#include "model/trial_history.h"
#include "server/policy/cost.h"
#include "server/policy/curves/corrections.h"
#include "server/policy/curves/replay.h"
#include "server/policy/curves/warm_start.h"
#include "server/policy/zeus/failed_sizes.h"
#include "server/service/needed_trials.h"
#include "server/service/recount.h"
#include "server/service/service_records.h"
#include "server/service/warnings.h"

namespace zeus::bso {
namespace {

using storage::Session;

// How many trials are collected at a time, while their job waits: some milliseconds.
constexpr size_t kTrialsOfAPart = 200;

// Goes through trials in the order of their ends, and makes the base that includes them.
class BaseBuilder {
 public:
  // Begins with the present base of the job. `present_sizes`: those of a job of the curves policy.
  BaseBuilder(const Job& job, std::vector<CurvesSize> present_sizes, const std::vector<CollectedSize>& collected,
              const std::optional<CurvesBase>& base)
      : job_(job),
        walked_(job),
        history_(job.history.value_or(TrialHistory())),
        present_sizes_(std::move(present_sizes)) {
    walked_.latest_results = history_.latest_results;
    walked_.failures.clear();
    for (const CollectedSize& size : collected) {
      if (size.failures != BatchSizeFailures()) walked_.failures[size.batch_size] = size.failures;
      sizes_.emplace(size.batch_size, size);
    }
    if (job.spec.batch_sizes.size() > kMaxCurvesBatchSizes) return;
    curves::KnownJob present = curves::NewJob(job.spec);
    if (job.curves.has_value()) present = {.spec = job.spec, .job = *job.curves, .sizes = present_sizes_};
    replay_.emplace(present, base, job.history.has_value() ? history_.end_revision : curves::Replay::kNoRevision);
    has_curves_ = base.has_value() || job.curves.has_value();
  }

  // The base covers this trial from now on. It is later than those before.
  absl::Status Cover(const Trial& trial, JobRecords& records) {
    history_.end_revision = trial.end_revision.value_or(0);
    if (TaughtItsJob(trial)) {
      CountResult(trial, walked_);
      if (!job_.curves.has_value()) {
        ZB_ASSIGN_OR_RETURN(const TrialOutcome outcome, CountedOutcome(job_, trial, records));
        CountOutcome(walked_, trial.batch_size, outcome);
      }
    }
    if (replay_.has_value()) {
      // Also what was done before a trial that teaches nothing is part of the base from now on.
      replay_->Advance(history_.end_revision);
      if (TaughtItsJob(trial)) {
        has_curves_ = has_curves_ || curves::Teaches(trial);
        replay_->Learn(trial);
      }
    }
    walked_.latest_results.last_trial_number = trial.trial_number;
    walked_.latest_results.last_end_time = trial.end_time;
    return absl::OkStatus();
  }

  // The trial is collected.
  void Collect(const Trial& trial) {
    ++history_.num_collected;
    history_.begin = std::max(history_.begin, trial.trial_number + 1);
    if (!curves::HasSize(job_.spec, trial.batch_size)) return;
    CollectedSize& size = SizeOf(trial.batch_size);
    if (trial.end_revision.value_or(0) >= AddedRevision(trial.batch_size)) CountTrial(trial, size.counts);
    if (!HasResult(trial)) return;
    const double cost = Cost(job_.spec, *trial.result);
    TakeCheapest(trial, cost, size);
    if (job_.curves.has_value()) return;
    if (job_.spec.window_size == 0) size.costs.Add(cost);
    AddToMeans(trial, cost, size.means);
  }

  // The base now.
  void FillIn(Collection& collection) {
    collection.history = history_;
    collection.history.latest_results = walked_.latest_results;
    for (const auto& [batch_size, failures] : walked_.failures) SizeOf(batch_size);
    for (const auto& [batch_size, size] : sizes_) {
      const auto failures = walked_.failures.find(batch_size);
      collection.sizes.push_back(size);
      collection.sizes.back().failures = failures != walked_.failures.end() ? failures->second : BatchSizeFailures();
    }
    if (replay_.has_value() && has_curves_) collection.curves = replay_->Base();
  }

 private:
  CollectedSize& SizeOf(int64_t batch_size) {
    return sizes_.try_emplace(batch_size, CollectedSize{.batch_size = batch_size}).first->second;
  }

  int64_t AddedRevision(int64_t batch_size) const {
    return job_.curves.has_value() ? present_sizes_[curves::IndexOf(job_.spec, batch_size)].added_revision : 0;
  }

  void TakeCheapest(const Trial& trial, double cost, CollectedSize& size) const {
    const int64_t since = job_.curves.has_value() ? curves::TargetRevision(*job_.curves) : 0;
    if (!trial.result->converged || trial.end_revision.value_or(0) < since) return;
    const std::optional<Spent>& before = size.cheapest;
    if (before.has_value() && cost >= Cost(job_.spec, before->joules, before->seconds)) return;
    size.cheapest = Spent{.seconds = trial.result->time_seconds, .joules = trial.result->energy_joules};
  }

  const Job& job_;
  Job walked_;  // With the failures and latest results as they were after the last trial that the base covers.
  TrialHistory history_;
  const std::vector<CurvesSize> present_sizes_;  // Of a job of the curves policy.
  std::map<int64_t, CollectedSize> sizes_;
  std::optional<curves::Replay> replay_;
  bool has_curves_ = false;  // Whether the replay knows anything.
};

// The trials that the base is to cover, and those that are to be collected, in the order of their ends.
struct Oldest {
  std::vector<Trial> trials;
  int64_t first = 1;  // The least number of a trial that will be kept.
};

// The end of the last of the `most` trials to collect. Nothing: all are needed, or run.
absl::StatusOr<std::optional<EndOrder>> FindBorder(Session& session, const std::string& job_id, size_t most,
                                                   const NeededTrials& needed, absl::FunctionRef<bool()> is_stopping) {
  std::priority_queue<EndOrder> oldest;
  ZB_RETURN_IF_ERROR(session.ScanTrials(job_id, 0, [&](const Trial& trial) {
    if (is_stopping()) return false;
    if (trial.status == TrialStatus::kDispatched || needed.Needs(trial)) return true;
    oldest.push(EndOrderOf(trial));
    if (oldest.size() > most) oldest.pop();
    return true;
  }));
  return oldest.empty() ? std::nullopt : std::optional(oldest.top());
}

absl::StatusOr<Oldest> FindOldest(Session& session, const Job& job, const EndOrder& border, const NeededTrials& needed,
                                  absl::FunctionRef<bool()> is_stopping) {
  Oldest oldest;
  std::optional<int64_t> first;
  ZB_RETURN_IF_ERROR(session.ScanTrials(job.spec.job_id, 0, [&](const Trial& trial) {
    if (is_stopping()) return false;
    const bool is_old = trial.status != TrialStatus::kDispatched && EndOrderOf(trial) <= border;
    const bool is_collected = is_old && !needed.Needs(trial);
    if (!is_collected && !first.has_value()) first = trial.trial_number;
    if (is_collected || (is_old && !IsCovered(job.history, trial))) oldest.trials.push_back(trial);
    return true;
  }));
  ZB_ASSIGN_OR_RETURN(const int64_t last, session.LastTrialNumber(job.spec.job_id));
  oldest.first = first.value_or(last + 1);
  curves::KeepNewest(oldest.trials.size(), oldest.trials);
  return oldest;
}

// Whether a trial is as it was found.
bool IsUnchanged(const Trial& found, const Trial& present) {
  return found.end_revision == present.end_revision && found.voided.has_value() == present.voided.has_value();
}

}  // namespace

absl::StatusOr<std::vector<Collection>> FindCollections(ZeusService& service, absl::string_view job_id,
                                                        int64_t max_trials, absl::FunctionRef<bool()> is_stopping) {
  std::vector<Collection> parts;
  Session& session = service.session();
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(job_id));
  // Whoever learns it anew counts on its trials.
  if (job == nullptr || job->relearning.has_value()) return parts;
  ZB_ASSIGN_OR_RETURN(const int64_t last, session.LastTrialNumber(job_id));
  const int64_t excess = last - max_trials - (job->history.has_value() ? job->history->num_collected : 0);
  if (excess <= 0) return parts;

  const std::string id(job_id);
  ZB_ASSIGN_OR_RETURN(const NeededTrials needed, NeededTrials::Find(service, *job));
  // What is too large for the curves policy teaches it nothing, and so takes no time.
  const size_t num_sizes = job->spec.batch_sizes.size();
  const size_t most =
      std::min(static_cast<size_t>(excess), curves::MaxTrials(num_sizes > kMaxCurvesBatchSizes ? 1 : num_sizes));
  ZB_ASSIGN_OR_RETURN(const std::optional<EndOrder> border, FindBorder(session, id, most, needed, is_stopping));
  if (!border.has_value()) return parts;
  ZB_ASSIGN_OR_RETURN(Oldest oldest, FindOldest(session, *job, *border, needed, is_stopping));

  ZB_ASSIGN_OR_RETURN(const Session::JobVersion version, session.VersionOf(job_id));
  Collection part{.job_id = id, .uid = version.uid, .num_corrections = job->num_corrections};
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> present_sizes, service.GetCurvesSizes(job_id));
  ZB_ASSIGN_OR_RETURN(const std::vector<CollectedSize> collected, session.ReadCollectedSizes(job_id));
  ZB_ASSIGN_OR_RETURN(const std::optional<CurvesBase> base, service.GetCurvesBase(job_id));
  BaseBuilder builder(*job, std::move(present_sizes), collected, base);
  ServiceRecords records(service, id, Overdue::kIgnore);
  const auto finish_part = [&] {
    builder.FillIn(parts.emplace_back(part));
    part.trials.clear();
  };
  for (Trial& trial : oldest.trials) {
    if (is_stopping()) return std::vector<Collection>();
    if (!IsCovered(job->history, trial)) ZB_RETURN_IF_ERROR(builder.Cover(trial, records));
    if (needed.Needs(trial)) continue;
    builder.Collect(trial);
    part.trials.push_back(std::move(trial));
    if (part.trials.size() == kTrialsOfAPart) finish_part();
  }
  if (!part.trials.empty()) finish_part();
  if (!parts.empty()) parts.back().history.first = oldest.first;
  return parts;
}

absl::StatusOr<bool> Collect(ZeusService& service, const Collection& collection) {
  Session& session = service.session();
  const std::string& job_id = collection.job_id;
  ZB_ASSIGN_OR_RETURN(const Job* const fetched, service.GetJob(job_id));
  if (fetched == nullptr || fetched->relearning.has_value()) return false;
  ZB_ASSIGN_OR_RETURN(const Session::JobVersion version, session.VersionOf(job_id));
  if (version.uid != collection.uid || fetched->num_corrections != collection.num_corrections) return false;
  for (const Trial& trial : collection.trials) {
    ZB_ASSIGN_OR_RETURN(const Trial* const present, session.FetchTrial(KeyOf(trial)));
    if (present == nullptr || !IsUnchanged(trial, *present)) return false;
  }
  if (!fetched->curves.has_value() && fetched->spec.window_size == 0) {
    // Stores of older servers may have none, and it cannot be made from the results any more.
    for (const CollectedSize& size : collection.sizes) {
      ZB_ASSIGN_OR_RETURN(const CostMoments moments, service.GetCostMoments(job_id, size.batch_size));
      ZB_RETURN_IF_ERROR(session.PutCostMoments(job_id, size.batch_size, moments));
    }
  }
  for (const Trial& trial : collection.trials) ZB_RETURN_IF_ERROR(session.CollectTrial(KeyOf(trial)));
  for (const CollectedSize& size : collection.sizes) ZB_RETURN_IF_ERROR(session.PutCollectedSize(job_id, size));
  if (collection.curves.has_value()) ZB_RETURN_IF_ERROR(session.PutCurvesBase(job_id, *collection.curves));
  ZB_ASSIGN_OR_RETURN(Job* const job, session.MutableJob(job_id));
  job->history = collection.history;
  return true;
}

}  // namespace zeus::bso
