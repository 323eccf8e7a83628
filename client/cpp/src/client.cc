#include "zeus/bso/client.h"

#include <string>
#include <utility>

#include "client/cpp/src/connection.h"
#include "client/cpp/src/names.h"
#include "client/cpp/src/trial_calls.h"
#include "client/cpp/src/watch.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso {
namespace {

using client_internal::Connection;
using Optimizer = Connection::Optimizer;
using Service = Connection::Service;

// Calls `each` for every resource of every page of a method that lists, until it returns false. `resources` is where a
// response has them.
template <typename Request, typename Response, typename Resources, typename Each>
absl::Status ListPages(Connection& connection, Connection::Method<Optimizer, Request, Response> method, Request request,
                       const Resources& (Response::*resources)() const, Each each) {
  do {
    const absl::StatusOr<Response> page = connection.Call(method, request);
    if (!page.ok()) return page.status();
    for (const auto& resource : ((*page).*resources)()) {
      if (!each(resource)) return absl::OkStatus();
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

// All that `list` calls its argument for.
template <typename Resource, typename List>
absl::StatusOr<std::vector<Resource>> Collect(List list) {
  std::vector<Resource> all;
  absl::Status status = list([&all](const Resource& resource) {
    all.push_back(resource);
    return true;
  });
  if (!status.ok()) return status;
  return all;
}

}  // namespace

absl::StatusOr<Client> Client::Create(ClientOptions options) {
  absl::StatusOr<std::shared_ptr<Connection>> connection = Connection::Open(std::move(options));
  if (!connection.ok()) return connection.status();
  return Client(*std::move(connection));
}

Client::Client(std::shared_ptr<Connection> connection) : connection_(std::move(connection)) {}

Client::Client(Client&& other) noexcept = default;

Client& Client::operator=(Client&& other) noexcept = default;

Client::~Client() = default;

void Client::Close() { connection_->Close(); }

absl::StatusOr<v1::RegisterJobResponse> Client::RegisterJob(const v1::JobSpec& spec, std::string_view warm_start,
                                                            v1::IfExists if_exists) {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = spec;
  request.set_request_id(client_internal::NewRequestId());
  request.set_warm_start(std::string(warm_start));
  request.set_if_exists(if_exists);
  return connection_->Call(&Optimizer::RegisterJob, request);
}

absl::StatusOr<v1::UpdateJobResponse> Client::UpdateJob(const v1::JobSpec& spec,
                                                        const std::vector<std::string>& update_mask, bool dry_run) {
  v1::UpdateJobRequest request;
  *request.mutable_spec() = spec;
  for (const std::string& field : update_mask) request.mutable_update_mask()->add_paths(field);
  request.set_dry_run(dry_run);
  return connection_->Call(&Optimizer::UpdateJob, request);
}

absl::StatusOr<v1::VoidTrialResponse> Client::VoidTrial(const v1::Trial& trial, std::string_view reason, bool dry_run) {
  v1::VoidTrialRequest request;
  request.set_job_id(trial.job_id());
  request.set_batch_size(trial.batch_size());
  request.set_trial_number(trial.trial_number());
  request.set_reason(std::string(reason));
  request.set_dry_run(dry_run);
  return connection_->Call(&Optimizer::VoidTrial, request);
}

absl::StatusOr<v1::ResetBatchSizeResponse> Client::ResetBatchSize(std::string_view job_id, int64_t batch_size,
                                                                  bool dry_run) {
  v1::ResetBatchSizeRequest request;
  request.set_job_id(std::string(job_id));
  request.set_batch_size(batch_size);
  request.set_dry_run(dry_run);
  return connection_->Call(&Optimizer::ResetBatchSize, request);
}

absl::StatusOr<v1::Job> Client::ProfileJob(std::string_view job_id, std::span<const v1::EpochProfile> profiles) {
  v1::ProfileJobRequest request;
  request.set_job_id(std::string(job_id));
  request.mutable_profiles()->Add(profiles.begin(), profiles.end());
  absl::StatusOr<v1::ProfileJobResponse> response = connection_->Call(&Optimizer::ProfileJob, request);
  if (!response.ok()) return response.status();
  return std::move(*response->mutable_job());
}

absl::StatusOr<v1::ExplainJobResponse> Client::ExplainJob(std::string_view job_id) {
  v1::ExplainJobRequest request;
  request.set_job_id(std::string(job_id));
  return connection_->Call(&Optimizer::ExplainJob, request);
}

absl::StatusOr<v1::Trial> Client::StartTrial(std::string_view job_id) {
  absl::StatusOr<v1::StartTrialResponse> started = StartOrResumeTrial(job_id);
  if (!started.ok()) return started.status();
  return std::move(*started->mutable_trial());
}

absl::StatusOr<v1::StartTrialResponse> Client::StartOrResumeTrial(std::string_view job_id) {
  return client_internal::StartOrResumeTrial(*connection_, job_id);
}

absl::StatusOr<v1::ReportResultResponse> Client::ReportResult(const v1::Trial& trial, const Progress& progress,
                                                              const std::optional<v1::ReportBase>& base) {
  return client_internal::ReportResult(*connection_, trial, progress, base);
}

absl::StatusOr<v1::Trial> Client::Heartbeat(const v1::Trial& trial, std::optional<absl::Duration> interval) {
  return client_internal::Heartbeat(*connection_, trial, interval);
}

absl::StatusOr<v1::Trial> Client::EndTrial(const v1::Trial& trial, v1::TrialFailure failure) {
  return client_internal::EndTrial(*connection_, trial, failure);
}

absl::Status Client::DeleteJob(std::string_view job_id) {
  v1::DeleteJobRequest request;
  request.set_job_id(std::string(job_id));
  const auto repeatable = client_internal::Repeatable::kNothingChanged;
  return connection_->Call(&Optimizer::DeleteJob, request, repeatable).status();
}

absl::Status Client::ListJobs(std::string_view prefix, absl::FunctionRef<bool(const v1::Job&)> each) {
  v1::ListJobsRequest request;
  request.set_job_id_prefix(std::string(prefix));
  return ListPages(*connection_, &Optimizer::ListJobs, std::move(request), &v1::ListJobsResponse::jobs, each);
}

absl::StatusOr<std::vector<v1::Job>> Client::ListJobs(std::string_view prefix) {
  return Collect<v1::Job>([&](absl::FunctionRef<bool(const v1::Job&)> each) { return ListJobs(prefix, each); });
}

absl::Status Client::ListTrials(std::string_view job_id, std::optional<int64_t> batch_size,
                                absl::FunctionRef<bool(const v1::Trial&)> each) {
  v1::ListTrialsRequest request;
  request.set_job_id(std::string(job_id));
  if (batch_size.has_value()) request.set_batch_size(*batch_size);
  return ListPages(*connection_, &Optimizer::ListTrials, std::move(request), &v1::ListTrialsResponse::trials, each);
}

absl::StatusOr<std::vector<v1::Trial>> Client::ListTrials(std::string_view job_id, std::optional<int64_t> batch_size) {
  return Collect<v1::Trial>(
      [&](absl::FunctionRef<bool(const v1::Trial&)> each) { return ListTrials(job_id, batch_size, each); });
}

absl::StatusOr<std::optional<v1::Job>> Client::GetJob(std::string_view job_id) {
  return client_internal::GetJob(*connection_, job_id);
}

absl::StatusOr<std::optional<v1::Trial>> Client::GetTrial(std::string_view job_id, int64_t batch_size,
                                                          int64_t trial_number) {
  v1::GetTrialRequest request;
  request.set_job_id(std::string(job_id));
  request.set_batch_size(batch_size);
  request.set_trial_number(trial_number);
  absl::StatusOr<v1::GetTrialResponse> response = connection_->Call(&Service::GetTrial, request);
  if (!response.ok()) return response.status();
  if (!response->has_trial()) return std::nullopt;
  return std::move(*response->mutable_trial());
}

absl::StatusOr<std::vector<v1::GaussianTsArm>> Client::GetArms(std::string_view job_id) {
  v1::GetArmsRequest request;
  request.set_job_id(std::string(job_id));
  const absl::StatusOr<v1::GetArmsResponse> response = connection_->Call(&Service::GetArms, request);
  if (!response.ok()) return response.status();
  return std::vector<v1::GaussianTsArm>(response->arms().begin(), response->arms().end());
}

absl::Status Client::WatchJob(std::string_view job_id, absl::FunctionRef<bool(const v1::JobEvent&)> each,
                              const std::stop_token& stop) {
  return client_internal::Watch(*connection_, job_id, each, stop);
}

}  // namespace zeus::bso
