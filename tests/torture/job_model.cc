#include "tests/torture/job_model.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace zeus::bso::torture {
namespace {

constexpr const char* kDeeds[] = {"register", "delete",        "start", "report", "end",
                                  "update",   "start and end", "list",  "seen",   "seen deletion"};
constexpr const char* kOutcomes[] = {"answered", "not found", "trial ended", "unknown"};
constexpr const char* kStates[] = {"running", "converged", "failed"};

std::string TrialText(const ModelTrial& trial) {
  return absl::StrCat(kStates[static_cast<int>(trial.state)], "/", trial.batch_size, "/", trial.energy_joules,
                      trial.client_id.empty() ? "" : "/", trial.client_id);
}

// Whether two views of a batch size agree, one of which may not know it.
bool SameSize(const ModelTrial& a, const ModelTrial& b) {
  return a.batch_size == 0 || b.batch_size == 0 || a.batch_size == b.batch_size;
}

bool Same(const ModelTrial& a, const ModelTrial& b) {
  return SameSize(a, b) && a.state == b.state && a.energy_joules == b.energy_joules;
}

}  // namespace

std::string ToText(const Call& call) {
  std::string text =
      absl::StrCat(kDeeds[static_cast<int>(call.deed)], " #", call.trial_number, " ", TrialText(call.trial), ": ",
                   kOutcomes[static_cast<int>(call.outcome)], call.created ? " created" : "");
  for (const ModelTrial& trial : call.trials) absl::StrAppend(&text, " ", TrialText(trial));
  return text;
}

std::string JobModel::ToText() const {
  std::string text = exists_ ? "job" : "none";
  for (const ModelTrial& trial : trials_) absl::StrAppend(&text, " ", TrialText(trial));
  return text;
}

bool JobModel::Apply(const Call& call) {
  switch (call.deed) {
    case Deed::kRegister:
      return Register(call);
    case Deed::kDelete:
      if (call.outcome == Outcome::kNotFound) return !exists_;
      if (call.outcome == Outcome::kAnswered && !exists_) return false;
      exists_ = false;
      trials_.clear();
      return true;
    case Deed::kStart:
    case Deed::kStartAndEnd:
      return Start(call);
    case Deed::kReport:
    case Deed::kEnd:
    case Deed::kUpdate:
      return End(call);
    case Deed::kList:
      return List(call);
    case Deed::kSeen:
    case Deed::kSeenDeletion:
      return Seen(call);
  }
  return false;
}

bool JobModel::Register(const Call& call) {
  const bool created = !exists_;
  if (call.outcome == Outcome::kAnswered && call.created != created) return false;
  exists_ = true;
  return true;
}

bool JobModel::Start(const Call& call) {
  const bool answered = call.outcome == Outcome::kAnswered;
  if (call.outcome == Outcome::kNotFound) return !exists_;
  if (!exists_) return !answered;

  auto own = trials_.end();
  if (!call.trial.client_id.empty()) {
    own = std::find_if(trials_.begin(), trials_.end(), [&](const ModelTrial& trial) {
      return trial.state == TrialState::kRunning && trial.client_id == call.trial.client_id;
    });
  }
  const bool is_new = own == trials_.end();
  const int64_t number = is_new ? static_cast<int64_t>(trials_.size()) + 1 : own - trials_.begin() + 1;
  if (answered && call.trial_number != number) return false;
  if (answered && !is_new && !SameSize(*own, call.trial)) return false;
  if (!is_new && answered) own->batch_size = call.trial.batch_size;
  if (is_new) {
    ModelTrial trial = call.trial;
    if (!answered && call.deed == Deed::kStart) trial.batch_size = 0;
    trial.state = call.deed == Deed::kStart ? TrialState::kRunning : TrialState::kConverged;
    trials_.push_back(std::move(trial));
  }
  return true;
}

bool JobModel::End(const Call& call) {
  ModelTrial* const trial = Find(call);
  if (trial == nullptr) return call.outcome != Outcome::kAnswered && call.outcome != Outcome::kTrialEnded;
  // A trial whose size nobody knows may be of another one than the call names.
  if (call.outcome == Outcome::kNotFound) return trial->batch_size == 0;
  const bool running = trial->state == TrialState::kRunning;
  if (call.outcome == Outcome::kTrialEnded) {
    return call.deed == Deed::kUpdate ? !running : trial->state == TrialState::kFailed;
  }
  if (running) {
    trial->state = call.deed == Deed::kEnd ? TrialState::kFailed : TrialState::kConverged;
    trial->energy_joules = call.deed == Deed::kEnd ? 0 : call.trial.energy_joules;
    return true;
  }
  if (call.outcome == Outcome::kUnknown) return true;
  switch (call.deed) {
    case Deed::kReport:  // Answered as the report that ended it.
      return trial->state == TrialState::kConverged;
    case Deed::kEnd:  // It stays as it is.
      return true;
    default:
      return false;
  }
}

bool JobModel::List(const Call& call) const {
  if (call.outcome == Outcome::kNotFound) return !exists_;
  return exists_ && std::equal(trials_.begin(), trials_.end(), call.trials.begin(), call.trials.end(), Same);
}

bool JobModel::Seen(const Call& call) const {
  if (call.deed == Deed::kSeenDeletion) return !exists_;
  if (!exists_ || call.trial_number > static_cast<int64_t>(trials_.size())) return false;
  return Same(trials_[static_cast<size_t>(call.trial_number) - 1], call.trial);
}

ModelTrial* JobModel::Find(const Call& call) {
  if (!exists_ || call.trial_number > static_cast<int64_t>(trials_.size())) return nullptr;
  ModelTrial& trial = trials_[static_cast<size_t>(call.trial_number) - 1];
  return SameSize(trial, call.trial) ? &trial : nullptr;
}

}  // namespace zeus::bso::torture
