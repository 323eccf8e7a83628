// Whether a caller may do what a request asks for to the jobs that it names.
#ifndef ZEUS_BSO_SERVER_API_JOB_ACCESS_H_
#define ZEUS_BSO_SERVER_API_JOB_ACCESS_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/api/access/permissions.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// The job that a request names; empty: it names none.
template <typename Request>
absl::string_view JobIdOf(const Request& request) {
  if constexpr (requires { request.job_id(); }) {
    return request.job_id();
  } else if constexpr (requires { request.arm(); }) {
    return request.arm().job_id();
  } else if constexpr (requires { request.spec(); }) {
    return request.spec().job_id();
  } else {
    return "";
  }
}

// `request` is valid. ROLE_TOO_LOW; JOB_NOT_FOUND: the caller has no role for the job, unless the request may create
// it.
template <typename Request>
absl::Status CheckJobs(const Permissions& permissions, const Request& request, Role needed) {
  return permissions.CheckJob(JobIdOf(request), needed);
}

// The warm_start matters only if the job is new.
inline absl::Status CheckJobs(const Permissions& permissions, const v1::RegisterJobRequest& request, Role needed) {
  return permissions.CheckNewJob(request.spec().job_id(), request.spec().job_id_prefix(), needed);
}

inline absl::Status CheckJobs(const Permissions& permissions, const v1::CreateJobRequest& request, Role needed) {
  return permissions.CheckNewJob(request.spec().job_id(), request.spec().job_id_prefix(), needed);
}

// It lists those that the caller may see.
inline absl::Status CheckJobs(const Permissions&, const v1::ListJobsRequest&, Role) { return absl::OkStatus(); }

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_JOB_ACCESS_H_
