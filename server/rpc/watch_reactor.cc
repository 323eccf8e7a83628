#include "server/rpc/watch_reactor.h"

#include <string>
#include <utility>
#include <vector>

#include "model/error.h"
#include "model/status_macros.h"
#include "server/rpc/call_log.h"
#include "server/rpc/convert.h"
#include "server/rpc/status.h"
#include "server/rpc/validate.h"
#include "server/service/not_found.h"

namespace zeus::bso::rpc {
namespace {

// What a reader may fall behind before it is shown the present state instead.
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

WatchReactor* WatchReactor::Start(storage::Store& store, JobWatchHub& hub, const v1::WatchJobRequest& request,
                                  const absl::Status& admitted) {
  const auto reactor = std::make_shared<WatchReactor>(store, hub, request);
  reactor->self_ = reactor;
  if (const absl::Status ready = admitted.ok() ? Validate(request) : admitted; !ready.ok()) {
    absl::MutexLock lock(&reactor->mutex_);
    reactor->End(ready);
  } else {
    reactor->Begin();
  }
  return reactor.get();
}

WatchReactor::WatchReactor(storage::Store& store, JobWatchHub& hub, const v1::WatchJobRequest& request)
    : store_(store), hub_(hub), job_id_(request.job_id()), queue_(kMaxQueuedEvents) {
  if (request.has_seen()) seen_ = request.seen();
}

WatchReactor::~WatchReactor() = default;

void WatchReactor::Begin() {
  // Before the state is read, so that no change is missed between the two.
  const absl::Status added = hub_.Add(job_id_, self_);
  absl::MutexLock lock(&mutex_);
  if (!added.ok()) return End(added);
  Advance();
}

void WatchReactor::Advance() {
  if (writing_ || rebasing_ || ended_) return;
  if (queue_.needs_base()) return Rebase();
  if (std::optional<v1::JobEvent> event = queue_.Pop(); event.has_value()) Send(*std::move(event));
}

void WatchReactor::Rebase() {
  queue_.PrepareBase();
  rebasing_ = true;
  const auto state = std::make_shared<v1::JobEvent>();
  const auto read = [self = self_, state](storage::Session& session) {
    return self->ReadPresentState(session, *state);
  };
  const auto done = [self = self_, state](const absl::Status& status) { self->OnBase(status, std::move(*state)); };
  // Both may run at once, and whoever changes the job meanwhile must not wait.
  mutex_.Unlock();
  store_.Transact(read, done);
  mutex_.Lock();
}

absl::Status WatchReactor::ReadPresentState(storage::Session& session, v1::JobEvent& event) const {
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

void WatchReactor::OnBase(const absl::Status& status, v1::JobEvent state) {
  absl::MutexLock lock(&mutex_);
  rebasing_ = false;
  if (ended_) return;
  if (HasReason(status, Reason::kJobNotFound) && seen_.has_value()) return Send(MakeDeletedEvent(*seen_));
  if (!status.ok()) return End(status);
  if (!queue_.SetBase(state.job_uid(), state.revision())) return Advance();
  if (HasSeen(state)) {
    // Which does not say whether the caller has seen the summary.
    const v1::Job& job = state.present_state().job();
    if (job.has_summary()) queue_.PushSummary(state.job_uid(), job.summary());
    return Advance();
  }
  state.mutable_present_state()->set_missed_changes(seen_.has_value());
  Send(std::move(state));
}

bool WatchReactor::HasSeen(const v1::JobEvent& state) const {
  return seen_.has_value() && seen_->job_uid() == state.job_uid() && seen_->revision() == state.revision();
}

void WatchReactor::Send(v1::JobEvent event) {
  seen_.emplace();
  seen_->set_job_uid(event.job_uid());
  seen_->set_revision(event.revision());
  event_ = std::move(event);
  if (event_.has_job_deleted()) {
    ended_ = true;
    return StartWriteAndFinish(&event_, {}, grpc::Status::OK);
  }
  writing_ = true;
  StartWrite(&event_);
}

void WatchReactor::OnWriteDone(bool ok) {
  absl::MutexLock lock(&mutex_);
  writing_ = false;
  if (!ok) return End(MakeError(Reason::kClientGone, "the caller has gone"));
  Advance();
}

void WatchReactor::OnCancel() {
  absl::MutexLock lock(&mutex_);
  End(MakeError(Reason::kClientGone, "the caller has gone"));
}

void WatchReactor::OnReopened() {
  absl::MutexLock lock(&mutex_);
  queue_.Reset();
  Advance();
}

void WatchReactor::OnDrain() {
  absl::MutexLock lock(&mutex_);
  End(MakeError(Reason::kDraining, "the server is about to stop; come back later"));
}

void WatchReactor::OnChange(const storage::JobChange& change) {
  absl::MutexLock lock(&mutex_);
  queue_.Push(change);
  Advance();
}

void WatchReactor::OnReport(const v1::TrialReport& report) {
  absl::MutexLock lock(&mutex_);
  queue_.PushReport(report);
  Advance();
}

void WatchReactor::OnSummary(uint64_t job_uid, const v1::JobSummary& summary) {
  absl::MutexLock lock(&mutex_);
  queue_.PushSummary(job_uid, summary);
  Advance();
}

void WatchReactor::End(const absl::Status& status) {
  if (ended_) return;
  ended_ = true;
  LogOutcome(v1::WatchJobRequest::descriptor()->name(), status);
  Finish(ToGrpcStatus(status));
}

void WatchReactor::OnDone() {
  hub_.Remove(job_id_, this);
  self_.reset();
}

}  // namespace zeus::bso::rpc
