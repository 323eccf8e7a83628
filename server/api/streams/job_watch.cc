#include "server/api/streams/job_watch.h"

#include <utility>
#include <vector>

#include "model/error.h"
#include "model/status_macros.h"
#include "server/api/conversion/convert.h"
#include "server/service/not_found.h"

namespace zeus::bso::api {
namespace {

// A reader that is more events behind is shown the present state instead.
constexpr size_t kMaxQueuedEvents = 256;

// For a caller that saw the job, and missed its deletion: at some later revision, which nobody knows any more.
v1::JobEvent MakeDeletedEvent(const v1::SeenRevision& seen) {
  v1::JobEvent event;
  event.set_job_uid(seen.job_uid());
  event.set_revision(seen.revision() + 1);
  event.mutable_job_deleted();
  return event;
}

}  // namespace

std::shared_ptr<JobWatch> JobWatch::Start(storage::Store& store, JobWatchHub& hub, const v1::WatchJobRequest& request,
                                          const absl::Status& admitted, CallRecord record) {
  auto watch = std::make_shared<JobWatch>(store, hub, request, std::move(record));
  // Before the state is read, so that no change is missed between the two.
  const absl::Status status = admitted.ok() ? hub.Add(watch->job_id_, watch) : admitted;
  if (!status.ok()) watch->End(status);
  return watch;
}

JobWatch::JobWatch(storage::Store& store, JobWatchHub& hub, const v1::WatchJobRequest& request, CallRecord record)
    : store_(store), hub_(hub), job_id_(request.job_id()), record_(std::move(record)), queue_(kMaxQueuedEvents) {
  if (request.has_seen()) seen_ = request.seen();
}

absl::Status JobWatch::ClientGone() { return MakeError(Reason::kClientGone, "the caller has gone"); }

void JobWatch::Next(OnEvent on_event) {
  {
    absl::MutexLock lock(&mutex_);
    on_event_ = std::move(on_event);
  }
  Advance();
}

void JobWatch::Stop(const absl::Status& why) {
  hub_.Remove(job_id_, this);
  End(why);
}

void JobWatch::Advance() {
  std::optional<absl::StatusOr<v1::JobEvent>> answer;
  OnEvent on_event;
  {
    absl::MutexLock lock(&mutex_);
    if (on_event_ == nullptr) return;
    answer = TakeAnswer();
    if (answer.has_value()) {
      on_event = std::exchange(on_event_, nullptr);
    } else if (!BeginRebase()) {
      return;
    }
  }
  if (!answer.has_value()) return Rebase();
  std::move(on_event)(*std::move(answer));
}

std::optional<absl::StatusOr<v1::JobEvent>> JobWatch::TakeAnswer() {
  if (!error_.ok()) return error_;
  if (rebasing_) return std::nullopt;
  std::optional<v1::JobEvent> event = std::exchange(state_, std::nullopt);
  if (!event.has_value()) event = queue_.Pop();
  if (!event.has_value()) return std::nullopt;
  return Sent(*std::move(event));
}

bool JobWatch::BeginRebase() {
  if (rebasing_ || !queue_.needs_base()) return false;
  queue_.PrepareBase();
  rebasing_ = true;
  return true;
}

v1::JobEvent JobWatch::Sent(v1::JobEvent event) {
  seen_.emplace();
  seen_->set_job_uid(event.job_uid());
  seen_->set_revision(event.revision());
  if (event.has_job_deleted()) {
    error_ = JobNotFound(job_id_);
    record_.End(v1::WatchJobRequest::descriptor()->name(), absl::OkStatus());
  }
  return event;
}

void JobWatch::Rebase() {
  const auto state = std::make_shared<v1::JobEvent>();
  // Both may run at once.
  store_.Transact(
      [self = shared_from_this(), state](storage::Session& session) { return self->ReadPresentState(session, *state); },
      [self = shared_from_this(), state](const absl::Status& status) { self->OnBase(status, std::move(*state)); });
}

absl::Status JobWatch::ReadPresentState(storage::Session& session, v1::JobEvent& event) const {
  event.Clear();
  ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob(job_id_));
  if (job == nullptr) return JobNotFound(job_id_);
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session.VersionOf(job_id_));
  event.set_job_uid(version.uid);
  event.set_revision(version.revision);
  ZB_ASSIGN_OR_RETURN(const std::optional<JobSummary> summary, session.ReadSummary(job_id_));
  ToProto(*job, summary, *event.mutable_present_state()->mutable_job());
  ZB_ASSIGN_OR_RETURN(const std::vector<GaussianTsArm> arms, session.ReadArms(job_id_));
  for (const GaussianTsArm& arm : arms) ToProto(job_id_, arm, *event.mutable_present_state()->add_arms());
  return absl::OkStatus();
}

void JobWatch::OnBase(const absl::Status& status, v1::JobEvent state) {
  {
    absl::MutexLock lock(&mutex_);
    rebasing_ = false;
    if (error_.ok()) SetBase(status, std::move(state));
  }
  Advance();
}

void JobWatch::SetBase(const absl::Status& status, v1::JobEvent state) {
  if (HasReason(status, Reason::kJobNotFound) && seen_.has_value()) {
    state_ = MakeDeletedEvent(*seen_);
    return;
  }
  if (!status.ok()) return EndLocked(status);
  if (!queue_.SetBase(state.job_uid(), state.revision())) return;
  if (HasSeen(state)) {
    // Which does not say whether the caller has seen the summary.
    const v1::Job& job = state.present_state().job();
    if (job.has_summary()) queue_.PushSummary(state.job_uid(), job.summary());
    return;
  }
  state.mutable_present_state()->set_missed_changes(seen_.has_value());
  state_ = std::move(state);
}

bool JobWatch::HasSeen(const v1::JobEvent& state) const {
  return seen_.has_value() && seen_->job_uid() == state.job_uid() && seen_->revision() == state.revision();
}

void JobWatch::OnChange(const storage::JobChange& change) {
  {
    absl::MutexLock lock(&mutex_);
    queue_.Push(change);
  }
  Advance();
}

void JobWatch::OnReport(const v1::TrialReport& report) {
  {
    absl::MutexLock lock(&mutex_);
    queue_.PushReport(report);
  }
  Advance();
}

void JobWatch::OnSummary(uint64_t job_uid, const v1::JobSummary& summary) {
  {
    absl::MutexLock lock(&mutex_);
    queue_.PushSummary(job_uid, summary);
  }
  Advance();
}

void JobWatch::OnReopened() {
  {
    absl::MutexLock lock(&mutex_);
    queue_.Reset();
  }
  Advance();
}

void JobWatch::OnDrain() { End(MakeError(Reason::kDraining, "the server is about to stop; come back later")); }

void JobWatch::End(const absl::Status& error) {
  {
    absl::MutexLock lock(&mutex_);
    EndLocked(error);
  }
  Advance();
}

void JobWatch::EndLocked(const absl::Status& error) {
  if (!error_.ok()) return;
  error_ = error;
  record_.End(v1::WatchJobRequest::descriptor()->name(), error);
}

}  // namespace zeus::bso::api
