#include "server/api/conversion/convert_enums.h"

namespace zeus::bso::api {

v1::Policy ToProto(PolicyKind policy) { return policy == PolicyKind::kCurves ? v1::POLICY_CURVES : v1::POLICY_ZEUS; }

v1::TrialType ToProto(TrialType type) {
  switch (type) {
    case TrialType::kExploration:
      return v1::TRIAL_TYPE_EXPLORATION;
    case TrialType::kConcurrent:
      return v1::TRIAL_TYPE_CONCURRENT;
    case TrialType::kMab:
      return v1::TRIAL_TYPE_MAB;
    case TrialType::kFirst:
      return v1::TRIAL_TYPE_FIRST;
    case TrialType::kBest:
      return v1::TRIAL_TYPE_BEST;
    case TrialType::kExplore:
      return v1::TRIAL_TYPE_EXPLORE;
  }
  return v1::TRIAL_TYPE_UNSPECIFIED;
}

v1::TrialStatus ToProto(TrialStatus status) {
  switch (status) {
    case TrialStatus::kDispatched:
      return v1::TRIAL_STATUS_DISPATCHED;
    case TrialStatus::kSucceeded:
      return v1::TRIAL_STATUS_SUCCEEDED;
    case TrialStatus::kFailed:
      return v1::TRIAL_STATUS_FAILED;
  }
  return v1::TRIAL_STATUS_UNSPECIFIED;
}

v1::TrialFailure ToProto(TrialFailure failure) {
  switch (failure) {
    case TrialFailure::kFailed:
      return v1::TRIAL_FAILURE_FAILED;
    case TrialFailure::kInfeasible:
      return v1::TRIAL_FAILURE_INFEASIBLE;
    case TrialFailure::kCancelled:
      return v1::TRIAL_FAILURE_CANCELLED;
    case TrialFailure::kTimedOut:
      return v1::TRIAL_FAILURE_TIMED_OUT;
    case TrialFailure::kNotConverged:
      return v1::TRIAL_FAILURE_NOT_CONVERGED;
  }
  return v1::TRIAL_FAILURE_UNSPECIFIED;
}

v1::EndReason ToProto(EndReason reason) {
  switch (reason) {
    case EndReason::kTargetReached:
      return v1::END_REASON_TARGET_REACHED;
    case EndReason::kMaxEpochsDone:
      return v1::END_REASON_MAX_EPOCHS_DONE;
    case EndReason::kCostOverLimit:
      return v1::END_REASON_COST_OVER_LIMIT;
    case EndReason::kNextEpochOverLimit:
      return v1::END_REASON_NEXT_EPOCH_OVER_LIMIT;
    case EndReason::kDearerThanStartingOver:
      return v1::END_REASON_DEARER_THAN_STARTING_OVER;
    case EndReason::kSlowerThanAnother:
      return v1::END_REASON_SLOWER_THAN_ANOTHER;
  }
  return v1::END_REASON_UNSPECIFIED;
}

v1::Stage ToProto(Stage stage) {
  switch (stage) {
    case Stage::kPruning:
      return v1::STAGE_PRUNING;
    case Stage::kMab:
      return v1::STAGE_MAB;
    case Stage::kNone:
      return v1::STAGE_NONE;
  }
  return v1::STAGE_UNSPECIFIED;
}

PolicyKind FromProto(v1::Policy policy) {
  return policy == v1::POLICY_CURVES ? PolicyKind::kCurves : PolicyKind::kZeus;
}

TrialType FromProto(v1::TrialType type) {
  switch (type) {
    case v1::TRIAL_TYPE_CONCURRENT:
      return TrialType::kConcurrent;
    case v1::TRIAL_TYPE_MAB:
      return TrialType::kMab;
    case v1::TRIAL_TYPE_FIRST:
      return TrialType::kFirst;
    case v1::TRIAL_TYPE_BEST:
      return TrialType::kBest;
    case v1::TRIAL_TYPE_EXPLORE:
      return TrialType::kExplore;
    default:
      return TrialType::kExploration;
  }
}

TrialStatus FromProto(v1::TrialStatus status) {
  switch (status) {
    case v1::TRIAL_STATUS_SUCCEEDED:
      return TrialStatus::kSucceeded;
    case v1::TRIAL_STATUS_FAILED:
      return TrialStatus::kFailed;
    default:
      return TrialStatus::kDispatched;
  }
}

TrialFailure FromProto(v1::TrialFailure failure) {
  switch (failure) {
    case v1::TRIAL_FAILURE_INFEASIBLE:
      return TrialFailure::kInfeasible;
    case v1::TRIAL_FAILURE_CANCELLED:
      return TrialFailure::kCancelled;
    case v1::TRIAL_FAILURE_TIMED_OUT:
      return TrialFailure::kTimedOut;
    case v1::TRIAL_FAILURE_NOT_CONVERGED:
      return TrialFailure::kNotConverged;
    default:
      return TrialFailure::kFailed;
  }
}

EndReason FromProto(v1::EndReason reason) {
  switch (reason) {
    case v1::END_REASON_MAX_EPOCHS_DONE:
      return EndReason::kMaxEpochsDone;
    case v1::END_REASON_COST_OVER_LIMIT:
      return EndReason::kCostOverLimit;
    case v1::END_REASON_NEXT_EPOCH_OVER_LIMIT:
      return EndReason::kNextEpochOverLimit;
    case v1::END_REASON_DEARER_THAN_STARTING_OVER:
      return EndReason::kDearerThanStartingOver;
    case v1::END_REASON_SLOWER_THAN_ANOTHER:
      return EndReason::kSlowerThanAnother;
    default:
      return EndReason::kTargetReached;
  }
}

Stage FromProto(v1::Stage stage) {
  switch (stage) {
    case v1::STAGE_MAB:
      return Stage::kMab;
    case v1::STAGE_NONE:
      return Stage::kNone;
    default:
      return Stage::kPruning;
  }
}

}  // namespace zeus::bso::api
