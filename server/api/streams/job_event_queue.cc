#include "server/api/streams/job_event_queue.h"

#include <algorithm>
#include <utility>

#include "server/api/conversion/convert.h"
#include "server/api/conversion/convert_enums.h"
#include "server/api/conversion/convert_job_notices.h"

namespace zeus::bso::api {
namespace {

// How much of the queue a change takes: its events, and at least one place.
size_t SizeOf(const storage::JobChange& change) {
  const size_t events = change.trials_started.size() + change.trials_ended.size() + change.trials_voided.size() +
                        change.arms_refit.size() + (change.corrected.has_value() ? 1 : 0) +
                        (change.stage_changed.has_value() ? 1 : 0) + (change.warnings_changed.has_value() ? 1 : 0) +
                        (change.deleted ? 1 : 0);
  return std::max<size_t>(events, 1);
}

}  // namespace

bool JobEventQueue::SetBase(uint64_t job_uid, int64_t revision) {
  if (spoiled_) return false;
  base_ = Base{job_uid, revision};
  Release();
  return true;
}

void JobEventQueue::Push(const storage::JobChange& change) {
  if (base_.has_value() && change.uid != base_->job_uid) {
    // Of another registration of the job. An older one is of no interest; a newer one means that the deletion of this
    // one is still to come, or was missed.
    if (change.uid > base_->job_uid) DropAll();
    return;
  }
  Hold(change);
  if (base_.has_value()) Release();
}

void JobEventQueue::Hold(const storage::JobChange& change) {
  if (base_.has_value() && change.revision <= base_->revision) return;
  num_held_ += SizeOf(change);
  if (num_held_ > max_events_) return DropAll();
  held_.insert_or_assign({change.uid, change.revision}, change);
}

void JobEventQueue::Release() {
  while (base_.has_value() && !held_.empty()) {
    const auto next = held_.begin();
    const std::pair<uint64_t, int64_t> following = {base_->job_uid, base_->revision + 1};
    if (next->first > following) return;
    const storage::JobChange change = std::move(next->second);
    const bool follows = next->first == following;
    held_.erase(next);
    num_held_ -= SizeOf(change);
    if (follows) Append(change);
  }
}

void JobEventQueue::Append(const storage::JobChange& change) {
  base_->revision = change.revision;
  for (const Trial& trial : change.trials_started) ToProto(trial, *AppendEvent().mutable_trial_started());
  for (const Trial& trial : change.trials_ended) {
    ToProto(trial, *AppendEvent().mutable_trial_ended());
    epochs_.erase(trial.trial_number);
  }
  for (const Trial& trial : change.trials_voided) ToProto(trial, *AppendEvent().mutable_trial_voided());
  if (change.stage_changed.has_value()) AppendEvent().set_stage_changed(ToProto(*change.stage_changed));
  for (const GaussianTsArm& arm : change.arms_refit) {
    ToProto(change.job_id, arm, *AppendEvent().mutable_arm_refit());
  }
  if (change.warnings_changed.has_value()) {
    v1::Warnings& warnings = *AppendEvent().mutable_warnings_changed();
    for (const Warning& warning : *change.warnings_changed) ToProto(warning, *warnings.add_warnings());
  }
  if (change.corrected.has_value()) ToProto(*change.corrected, *AppendEvent().mutable_job_updated());
  if (change.deleted) AppendEvent().mutable_job_deleted();
  if (events_.size() > max_events_) DropAll();
}

v1::JobEvent& JobEventQueue::AppendEvent() {
  v1::JobEvent& event = events_.emplace_back();
  event.set_job_uid(base_->job_uid);
  event.set_revision(base_->revision);
  return event;
}

void JobEventQueue::PushReport(const v1::TrialReport& report) {
  if (!base_.has_value() || events_.size() >= max_events_) return;
  const auto [latest, first] = epochs_.try_emplace(report.trial_number(), report.current_epoch());
  if (!first && report.current_epoch() <= latest->second) return;
  latest->second = report.current_epoch();
  *AppendEvent().mutable_trial_reported() = report;
}

void JobEventQueue::PushSummary(uint64_t job_uid, const v1::JobSummary& summary) {
  if (!base_.has_value() || base_->job_uid != job_uid || events_.size() >= max_events_) return;
  *AppendEvent().mutable_summary_changed() = summary;
}

std::optional<v1::JobEvent> JobEventQueue::Pop() {
  if (events_.empty()) return std::nullopt;
  v1::JobEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

void JobEventQueue::DropAll() {
  base_.reset();
  spoiled_ = true;
  events_.clear();
  epochs_.clear();
  held_.clear();
  num_held_ = 0;
}

}  // namespace zeus::bso::api
