#include "zeus/bso/trial_run.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <utility>

#include "client/cpp/src/connection.h"
#include "client/cpp/src/heart.h"
#include "client/cpp/src/resumption.h"
#include "client/cpp/src/trial_calls.h"

namespace zeus::bso {
namespace {

using client_internal::Connection;

// The server waits for 4 of them. A killed trainer thus costs 2 minutes.
constexpr absl::Duration kUsualInterval = absl::Seconds(30);

// So that two may be lost.
constexpr int kHeartbeatsPerTimeout = 3;

absl::StatusOr<absl::Duration> DefaultInterval(Connection& connection, std::string_view job_id) {
  const absl::StatusOr<std::optional<v1::Job>> job = client_internal::GetJob(connection, job_id);
  if (!job.ok()) return job.status();
  // No such job, as starting the trial will say; or the server's timeout counts.
  if (!job->has_value() || !(*job)->spec().has_trial_timeout()) return kUsualInterval;
  const google::protobuf::Duration& message = (*job)->spec().trial_timeout();
  const absl::Duration timeout = absl::Seconds(message.seconds()) + absl::Nanoseconds(message.nanos());
  if (timeout == absl::ZeroDuration()) return kUsualInterval;  // The job sets no bound.
  return std::clamp(timeout / kHeartbeatsPerTimeout, client_internal::kMinHeartbeatInterval, kUsualInterval);
}

absl::Status CheckInterval(absl::Duration interval) {
  if (interval == absl::ZeroDuration()) return absl::OkStatus();
  if (interval >= client_internal::kMinHeartbeatInterval && interval <= client_internal::kMaxHeartbeatInterval) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("heartbeat_interval must be 0 (none), or in [1 ms, 3,650 days]");
}

}  // namespace

struct TrialRun::Impl {
  Impl(std::shared_ptr<Connection> used_connection, const v1::StartTrialResponse& started, absl::Duration interval)
      : connection(std::move(used_connection)),
        trial(started.trial()),
        resumption(client_internal::ResumeFrom(started)),
        heart(connection, trial, interval) {}

  const std::shared_ptr<Connection> connection;
  const v1::Trial trial;
  const pid_t pid = getpid();
  client_internal::Resumption resumption;
  client_internal::Heart heart;
};

void TrialRun::ImplDeleter::operator()(Impl* impl) const {
  if (getpid() != impl->pid) return;  // Neither the trial nor the thread is this process's.
  try {
    if (!impl->heart.over()) {
      client_internal::EndTrial(*impl->connection, impl->trial, v1::TRIAL_FAILURE_FAILED).IgnoreError();
    }
  } catch (const std::exception&) {
    // Destructors do not throw; the server ends the trial when it misses the heartbeats.
  }
  delete impl;
}

absl::StatusOr<TrialRun> TrialRun::Start(Client& client, std::string_view job_id, const TrialRunOptions& options) {
  const std::shared_ptr<Connection>& connection = client.connection_;
  absl::StatusOr<absl::Duration> interval = options.heartbeat_interval.value_or(absl::ZeroDuration());
  if (!options.heartbeat_interval.has_value()) interval = DefaultInterval(*connection, job_id);
  if (!interval.ok()) return interval.status();
  absl::Status checked = CheckInterval(*interval);
  if (!checked.ok()) return checked;
  const absl::StatusOr<v1::StartTrialResponse> started = client_internal::StartOrResumeTrial(*connection, job_id);
  if (!started.ok()) return started.status();
  try {
    return TrialRun(std::unique_ptr<Impl, ImplDeleter>(new Impl(connection, *started, *interval)));
  } catch (...) {  // Such as where there may be no more threads.
    client_internal::EndTrial(*connection, started->trial(), v1::TRIAL_FAILURE_CANCELLED).IgnoreError();
    throw;
  }
}

TrialRun::TrialRun(std::unique_ptr<Impl, ImplDeleter> impl) : impl_(std::move(impl)) {}

TrialRun::TrialRun(TrialRun&& other) noexcept = default;

TrialRun& TrialRun::operator=(TrialRun&& other) noexcept = default;

TrialRun::~TrialRun() = default;

const v1::Trial& TrialRun::trial() const { return impl_->trial; }

const std::optional<v1::TrialProgress>& TrialRun::resumed_from() const { return impl_->resumption.from(); }

bool TrialRun::running() const { return !impl_->heart.over(); }

absl::StatusOr<v1::ReportResultResponse> TrialRun::Report(const Progress& progress) {
  absl::StatusOr<v1::ReportResultResponse> verdict = client_internal::ReportResult(
      *impl_->connection, impl_->trial, progress, impl_->resumption.BaseOfReport(progress.epoch));
  const bool ended = verdict.ok() ? verdict->stop_train()
                                  // FAILED_PRECONDITION: it has failed; NOT_FOUND: the job was deleted.
                                  : absl::IsFailedPrecondition(verdict.status()) || absl::IsNotFound(verdict.status());
  if (ended) impl_->heart.SetOver();
  return verdict;
}

absl::Status TrialRun::End(v1::TrialFailure failure) {
  if (impl_->heart.over()) return absl::OkStatus();
  const absl::StatusOr<v1::Trial> ended = client_internal::EndTrial(*impl_->connection, impl_->trial, failure);
  impl_->heart.SetOver();
  return ended.status();
}

}  // namespace zeus::bso
