// Plain values as messages and back. Messages are taken as validated (validate.h).
#ifndef ZEUS_BSO_SERVER_RPC_CONVERT_H_
#define ZEUS_BSO_SERVER_RPC_CONVERT_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "model/arm.h"
#include "model/cost_moments.h"
#include "model/job.h"
#include "model/job_summary.h"
#include "model/trial.h"
#include "zeus/bso/v1/resources.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::rpc {

// With the defaults filled in, and the batch sizes sorted.
JobSpec FromProto(const v1::JobSpec& message);
GaussianTsArm FromProto(const v1::GaussianTsArm& message);
CostMoments FromProto(const v1::CostMoments& message);
Job FromProto(const v1::Job& message);
Trial FromProto(const v1::Trial& message);
TrialType FromProto(v1::TrialType type);
TrialStatus FromProto(v1::TrialStatus status);
// Unspecified is kFailed.
TrialFailure FromProto(v1::TrialFailure failure);
Stage FromProto(v1::Stage stage);
// Unspecified is kZeus.
PolicyKind FromProto(v1::Policy policy);

// The trial that a request names.
template <typename Request>
TrialKey KeyOf(const Request& request) {
  return {request.job_id(), request.batch_size(), request.trial_number()};
}

v1::Stage ToProto(Stage stage);
v1::EndReason ToProto(EndReason reason);
void ToProto(const Job& job, v1::Job& message);
void ToProto(const Job& job, const std::optional<JobSummary>& summary, v1::Job& message);
void ToProto(const Trial& trial, v1::Trial& message);
void ToProto(absl::string_view job_id, const GaussianTsArm& arm, v1::GaussianTsArm& message);
void ToProto(int64_t batch_size, const CostMoments& moments, v1::CostMoments& message);
void ToProto(const TrialResult& result, v1::TrialResult& message);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_CONVERT_H_
