// Plain values as messages and back. Messages are taken as validated (validate.h).
#ifndef ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_H_
#define ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_H_

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

namespace zeus::bso::api {

GaussianTsArm FromProto(const v1::GaussianTsArm& message);
CostMoments FromProto(const v1::CostMoments& message);
Job FromProto(const v1::Job& message);
Trial FromProto(const v1::Trial& message);

// The trial that a request names.
template <typename Request>
TrialKey KeyOf(const Request& request) {
  TrialKey key{.job_id = request.job_id(), .batch_size = request.batch_size(), .trial_number = request.trial_number()};
  if constexpr (requires { request.has_job_uid(); }) {
    if (request.has_job_uid()) key.job_uid = request.job_uid();
  }
  return key;
}

void ToProto(const Job& job, v1::Job& message);
void ToProto(const Job& job, const std::optional<JobSummary>& summary, v1::Job& message);
void ToProto(const Trial& trial, v1::Trial& message);
void ToProto(absl::string_view job_id, const GaussianTsArm& arm, v1::GaussianTsArm& message);
void ToProto(int64_t batch_size, const CostMoments& moments, v1::CostMoments& message);
void ToProto(const TrialResult& result, v1::TrialResult& message);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_CONVERSION_CONVERT_H_
