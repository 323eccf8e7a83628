#include "client/cpp/src/trial_calls.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "client/cpp/src/names.h"
#include "google/protobuf/duration.pb.h"

namespace zeus::bso::client_internal {
namespace {

using Optimizer = Connection::Optimizer;
using Service = Connection::Service;

// A request about a trial. An older server answers no job_uid, so it is left off there.
template <typename Request>
Request About(const v1::Trial& trial) {
  Request request;
  request.set_job_id(trial.job_id());
  request.set_batch_size(trial.batch_size());
  request.set_trial_number(trial.trial_number());
  if (trial.job_uid() != 0) request.set_job_uid(trial.job_uid());
  return request;
}

// The trial of a response.
template <typename Response>
absl::StatusOr<v1::Trial> TrialOf(absl::StatusOr<Response> response) {
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_trial());
}

google::protobuf::Duration ToMessage(absl::Duration duration) {
  google::protobuf::Duration message;
  message.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &duration));
  message.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(duration)));
  return message;
}

}  // namespace

absl::StatusOr<std::optional<v1::Job>> GetJob(Connection& connection, std::string_view job_id) {
  v1::GetJobRequest request;
  request.set_job_id(std::string(job_id));
  absl::StatusOr<v1::GetJobResponse> response = connection.Call(&Service::GetJob, request);
  if (!response.ok()) return response.status();
  if (!response->has_job()) return std::nullopt;
  return std::move(*response->mutable_job());
}

absl::StatusOr<v1::StartTrialResponse> StartOrResumeTrial(Connection& connection, std::string_view job_id) {
  const std::string& client_id = connection.options().client_id;
  v1::StartTrialRequest request;
  request.set_job_id(std::string(job_id));
  request.set_request_id(NewRequestId());
  request.set_client_id(client_id.empty() ? NewClientId() : client_id);
  return connection.Call(&Optimizer::StartTrial, request);
}

absl::StatusOr<v1::ReportResultResponse> ReportResult(Connection& connection, const v1::Trial& trial,
                                                      const Progress& progress,
                                                      const std::optional<v1::ReportBase>& base) {
  auto request = About<v1::ReportResultRequest>(trial);
  // All four have presence, so zeros travel, too: the server refuses some reports that leave them out.
  request.set_metric(progress.metric);
  request.set_current_epoch(progress.epoch);
  request.set_time_seconds(progress.time_seconds);
  request.set_energy_joules(progress.energy_joules);
  if (base.has_value()) *request.mutable_base() = *base;
  return connection.Call(&Optimizer::ReportResult, request);
}

absl::StatusOr<v1::Trial> Heartbeat(Connection& connection, const v1::Trial& trial,
                                    std::optional<absl::Duration> interval, const Connection::Limits& limits) {
  auto request = About<v1::HeartbeatRequest>(trial);
  if (interval.has_value()) *request.mutable_interval() = ToMessage(*interval);
  return TrialOf(connection.Call(&Optimizer::Heartbeat, request, limits));
}

absl::StatusOr<v1::Trial> EndTrial(Connection& connection, const v1::Trial& trial, v1::TrialFailure failure) {
  auto request = About<v1::EndTrialRequest>(trial);
  request.set_failure(failure);
  absl::StatusOr<v1::EndTrialResponse> response = connection.Call(&Optimizer::EndTrial, request);
  if (failure == v1::TRIAL_FAILURE_NOT_CONVERGED && absl::IsInvalidArgument(response.status())) {
    // An older server does not know this failure.
    request.set_failure(v1::TRIAL_FAILURE_FAILED);
    response = connection.Call(&Optimizer::EndTrial, request);
  }
  return TrialOf(std::move(response));
}

}  // namespace zeus::bso::client_internal
