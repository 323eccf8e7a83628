#include "zeus/bso/trial_run.h"

#include <unistd.h>

#include <algorithm>
#include <exception>
#include <stop_token>
#include <thread>
#include <utility>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "client/cpp/src/connection.h"
#include "client/cpp/src/trial_calls.h"

namespace zeus::bso {
namespace {

using client_internal::Connection;

// More would tell the server nothing that it needs.
constexpr absl::Duration kMaxHeartbeatInterval = absl::Minutes(1);

// So that two may be lost.
constexpr int kHeartbeatsPerTimeout = 3;

// A heartbeat is given up when the next one is due, or else one that hangs would cost the trial; but it has so long.
constexpr absl::Duration kMinHeartbeatTimeout = absl::Seconds(1);

absl::StatusOr<absl::Duration> DefaultInterval(Connection& connection, std::string_view job_id) {
  const absl::StatusOr<std::optional<v1::Job>> job = client_internal::GetJob(connection, job_id);
  if (!job.ok()) return job.status();
  // No such job, as starting the trial will say; or the server's timeout counts.
  if (!job->has_value() || !(*job)->spec().has_trial_timeout()) return kMaxHeartbeatInterval;
  const google::protobuf::Duration& timeout = (*job)->spec().trial_timeout();
  const absl::Duration interval =
      (absl::Seconds(timeout.seconds()) + absl::Nanoseconds(timeout.nanos())) / kHeartbeatsPerTimeout;
  // 0: never.
  return interval == absl::ZeroDuration() ? kMaxHeartbeatInterval : std::min(interval, kMaxHeartbeatInterval);
}

}  // namespace

struct TrialRun::Impl {
  Impl(std::shared_ptr<Connection> used_connection, v1::Trial started_trial, absl::Duration interval)
      : connection(std::move(used_connection)),
        trial(std::move(started_trial)),
        heart([this, interval](const std::stop_token& stop) { Beat(interval, stop); }) {}

  ~Impl() { SetOver(); }

  bool IsOver() const {
    absl::MutexLock lock(&mutex);
    return over;
  }

  void SetOver() {
    absl::MutexLock lock(&mutex);
    over = true;
  }

  // Waits; true: the trial has ended before.
  bool WaitUntilOver(absl::Duration duration) const {
    absl::MutexLock lock(&mutex);
    return mutex.AwaitWithTimeout(absl::Condition(&over), duration);
  }

  void Beat(absl::Duration interval, const std::stop_token& stop) {
    const Connection::Limits limits = {.stop = stop, .within = std::max(interval, kMinHeartbeatTimeout)};
    while (!WaitUntilOver(interval)) {
      try {
        if (HasEnded(client_internal::Heartbeat(*connection, trial, limits))) SetOver();
      } catch (const std::exception&) {
        // Such as without memory: the training is to say so. The next one may do.
      }
    }
  }

  static bool HasEnded(const absl::StatusOr<v1::Trial>& now) {
    return now.ok() ? now->status() != v1::TRIAL_STATUS_DISPATCHED : absl::IsNotFound(now.status());
  }

  const std::shared_ptr<Connection> connection;
  const v1::Trial trial;
  const pid_t pid = getpid();
  mutable absl::Mutex mutex;
  bool over ABSL_GUARDED_BY(mutex) = false;
  // Last: it uses the others. Its end cancels a heartbeat in progress.
  std::jthread heart;
};

void TrialRun::ImplDeleter::operator()(Impl* impl) const {
  if (getpid() != impl->pid) return;  // Neither the trial nor the thread is this process's.
  try {
    if (!impl->IsOver()) {
      client_internal::EndTrial(*impl->connection, impl->trial, v1::TRIAL_FAILURE_FAILED).IgnoreError();
    }
  } catch (const std::exception&) {
    // Destructors do not throw; the server ends the trial after its trial_timeout.
  }
  delete impl;
}

absl::StatusOr<TrialRun> TrialRun::Start(Client& client, std::string_view job_id, const TrialRunOptions& options) {
  const std::shared_ptr<Connection>& connection = client.connection_;
  if (options.heartbeat_interval.has_value() && *options.heartbeat_interval <= absl::ZeroDuration()) {
    return absl::InvalidArgumentError("heartbeat_interval must be greater than 0");
  }
  absl::StatusOr<absl::Duration> interval = options.heartbeat_interval.value_or(absl::ZeroDuration());
  if (!options.heartbeat_interval.has_value()) interval = DefaultInterval(*connection, job_id);
  if (!interval.ok()) return interval.status();
  absl::StatusOr<v1::Trial> trial = client_internal::StartTrial(*connection, job_id);
  if (!trial.ok()) return trial.status();
  try {
    return TrialRun(std::unique_ptr<Impl, ImplDeleter>(new Impl(connection, *trial, *interval)));
  } catch (...) {  // Such as where there may be no more threads.
    client_internal::EndTrial(*connection, *trial, v1::TRIAL_FAILURE_CANCELLED).IgnoreError();
    throw;
  }
}

TrialRun::TrialRun(std::unique_ptr<Impl, ImplDeleter> impl) : impl_(std::move(impl)) {}

TrialRun::TrialRun(TrialRun&& other) noexcept = default;

TrialRun& TrialRun::operator=(TrialRun&& other) noexcept = default;

TrialRun::~TrialRun() = default;

const v1::Trial& TrialRun::trial() const { return impl_->trial; }

bool TrialRun::running() const { return !impl_->IsOver(); }

absl::StatusOr<v1::ReportResultResponse> TrialRun::Report(const Progress& progress) {
  absl::StatusOr<v1::ReportResultResponse> verdict =
      client_internal::ReportResult(*impl_->connection, impl_->trial, progress);
  const bool ended = verdict.ok() ? verdict->stop_train()
                                  // FAILED_PRECONDITION: it has failed; NOT_FOUND: the job was deleted.
                                  : absl::IsFailedPrecondition(verdict.status()) || absl::IsNotFound(verdict.status());
  if (ended) impl_->SetOver();
  return verdict;
}

absl::Status TrialRun::End(v1::TrialFailure failure) {
  if (impl_->IsOver()) return absl::OkStatus();
  const absl::StatusOr<v1::Trial> ended = client_internal::EndTrial(*impl_->connection, impl_->trial, failure);
  impl_->SetOver();
  return ended.status();
}

}  // namespace zeus::bso
