// One training run of a job, as plain values. Units: seconds, joules.
#ifndef ZEUS_BSO_MODEL_TRIAL_H_
#define ZEUS_BSO_MODEL_TRIAL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "model/curves.h"

namespace zeus::bso {

// Why a trial was started; see zeus.bso.v1.TrialType. The last three are those of the curves policy.
enum class TrialType { kExploration, kConcurrent, kMab, kFirst, kBest, kExplore };

// A trial starts as kDispatched and changes once: kSucceeded with a result, converged or not; kFailed without one.
enum class TrialStatus { kDispatched, kSucceeded, kFailed };

// How a trial failed; see zeus.bso.v1.TrialFailure.
enum class TrialFailure { kFailed, kInfeasible, kCancelled, kTimedOut, kNotConverged };

// Such as "TIMED_OUT".
constexpr absl::string_view FailureName(TrialFailure failure) {
  switch (failure) {
    case TrialFailure::kFailed:
      return "FAILED";
    case TrialFailure::kInfeasible:
      return "INFEASIBLE";
    case TrialFailure::kCancelled:
      return "CANCELLED";
    case TrialFailure::kTimedOut:
      return "TIMED_OUT";
    case TrialFailure::kNotConverged:
      return "NOT_CONVERGED";
  }
  return "";
}

// How a trial that succeeded ended.
struct Result {
  double time_seconds = 0;
  double energy_joules = 0;
  bool converged = false;

  bool operator==(const Result&) const = default;
};

// Why a report ended a trial; see zeus.bso.v1.EndReason.
enum class EndReason {
  kTargetReached,
  kMaxEpochsDone,
  kCostOverLimit,
  kNextEpochOverLimit,
  kDearerThanStartingOver,
  kSlowerThanAnother
};

// Whether such an end is one that FinalReport::cost_limit decided.
constexpr bool IsForCost(EndReason reason) {
  return reason != EndReason::kTargetReached && reason != EndReason::kMaxEpochsDone;
}

// Whether only the curves policy ends trials for this reason.
constexpr bool IsOfCurves(EndReason reason) {
  return reason == EndReason::kNextEpochOverLimit || reason == EndReason::kDearerThanStartingOver ||
         reason == EndReason::kSlowerThanAnother;
}

// The report that ended a trial.
struct FinalReport {
  EndReason reason = EndReason::kTargetReached;
  double metric = 0;                                // Any number; may be NaN.
  int64_t epochs = 0;                               // How many the run had done.
  std::optional<double> cost_limit = std::nullopt;  // On the cost at that report, in joules; absent: there was none.
  // Of kDearerThanStartingOver only: the cost expected from there to the target, in joules.
  std::optional<double> expected_rest = std::nullopt;
  std::optional<int64_t> limit_batch_size = std::nullopt;  // The best size, if cost_limit follows from its cost.
};

// What a part of a run took.
struct Spent {
  double seconds = 0;
  double joules = 0;

  bool operator==(const Spent&) const = default;
};

// How far a run has come, in totals.
struct TrialProgress {
  int64_t epochs = 0;
  double time_seconds = 0;
  double energy_joules = 0;
  std::optional<double> metric = std::nullopt;      // Any number; may be NaN. Absent: not known.
  std::optional<Spent> first_epoch = std::nullopt;  // At the report of epoch 1. Absent: not known.
  // Its cost as it was weighed then, in joules. Older servers kept nothing else of it. Absent: not known.
  std::optional<double> first_epoch_cost = std::nullopt;
};

// Why a trial does not count.
struct TrialVoid {
  std::string reason;
  absl::Time time;
};

// How a trial ends: as succeeded or as failed.
using TrialOutcome = std::variant<Result, TrialFailure>;

// A result with the trial that gave it.
struct TrialResult {
  int64_t trial_number = 0;
  Result result;

  bool operator==(const TrialResult&) const = default;
};

// Names a trial within the server. A trial of another batch size than it was started with does not exist.
struct TrialKey {
  std::string job_id;
  int64_t batch_size = 0;
  int64_t trial_number = 0;
  std::optional<uint64_t> job_uid = std::nullopt;  // Of the registration of the job. Absent: of whichever there is.
};

struct Trial {
  std::string job_id;
  int64_t trial_number = 0;  // 1, 2, 3, ... within the job.
  int64_t batch_size = 0;
  TrialType type = TrialType::kExploration;
  TrialStatus status = TrialStatus::kDispatched;
  absl::Time start_time;
  std::optional<absl::Time> end_time = std::nullopt;   // Absent while dispatched; never before start_time.
  std::optional<Result> result = std::nullopt;         // Present exactly when succeeded.
  std::optional<TrialFailure> failure = std::nullopt;  // Present only when failed; absent where it was not kept.
  std::string client_id = {};                          // Empty: it was started by nobody in particular.
  uint64_t job_uid = 0;                                // Names the registration of the job.
  // The one by which its trainer names it, where it was started before the job was moved here from another server.
  std::optional<uint64_t> former_job_uid = std::nullopt;
  // While it runs, on the store's clock: when it is to be looked at whether it is silent, and when it was heard from
  // last before this was stored (model/trial_timeouts.h). Absent: never; where an older server kept no such time.
  std::optional<absl::Time> deadline = std::nullopt;
  std::optional<absl::Time> heard = std::nullopt;
  bool had_grace = false;                                           // The deadline is longer for a start of the server.
  std::optional<absl::Duration> heartbeat_interval = std::nullopt;  // How often heartbeats come. Absent: not known.
  // Present only when a report ended the trial as succeeded; absent where it was not recorded.
  std::optional<FinalReport> final_report = std::nullopt;
  // The last report that was known when the trial was stored last; absent: none was.
  std::optional<TrialProgress> progress = std::nullopt;
  // The job's revision at the end, which is the order of the ends; absent while running, or where it was not kept.
  std::optional<int64_t> end_revision = std::nullopt;
  std::optional<curves::Ticket> ticket = std::nullopt;  // Present exactly for types of the curves policy.
  bool late = false;                                    // The result came after the trial had timed out.
  std::optional<TrialVoid> voided = std::nullopt;       // Absent: the trial counts.
};

// Whether trials of this type are started by the curves policy.
constexpr bool IsOfCurves(TrialType type) {
  return type == TrialType::kFirst || type == TrialType::kBest || type == TrialType::kExplore;
}

// The kind of a trial of this type.
constexpr curves::Kind KindOf(TrialType type) {
  if (type == TrialType::kBest) return curves::Kind::kBest;
  return type == TrialType::kExplore ? curves::Kind::kExplore : curves::Kind::kFirst;
}

// The order in which trials of a job ended. The oldest servers recorded no revisions; their trials come first.
using EndOrder = std::tuple<int64_t, absl::Time, int64_t>;
inline EndOrder EndOrderOf(const Trial& trial) {
  return {trial.end_revision.value_or(0), trial.end_time.value_or(absl::InfinitePast()), trial.trial_number};
}

// Whether pruning looks at the trial.
inline bool IsExploration(const Trial& trial) {
  return trial.type == TrialType::kExploration && trial.status != TrialStatus::kFailed && !trial.voided.has_value();
}

// Whether the trial taught its job something: it has ended, counts, and nobody cancelled it.
inline bool TaughtItsJob(const Trial& trial) {
  return trial.status != TrialStatus::kDispatched && !trial.voided.has_value() &&
         trial.failure != TrialFailure::kCancelled;
}

// Whether the trial has a result that counts.
inline bool HasResult(const Trial& trial) { return trial.result.has_value() && !trial.voided.has_value(); }

inline TrialKey KeyOf(const Trial& trial) { return {trial.job_id, trial.batch_size, trial.trial_number, {}}; }

// The exploration trials of a job that have not failed and count, per batch size, trial number ascending.
using Explorations = std::map<int64_t, std::vector<Trial>>;

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_TRIAL_H_
