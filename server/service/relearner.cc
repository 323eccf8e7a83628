#include "server/service/relearner.h"

#include <algorithm>
#include <utility>

#include "absl/time/time.h"
#include "model/status_macros.h"
#include "model/trial_history.h"
#include "server/service/recount.h"
#include "spdlog/spdlog.h"

namespace zeus::bso {
namespace {

using storage::Session;

// So many trials are learned while their job waits. More are learned before, outside its lock.
constexpr size_t kMaxTrialsInCommit = 16;

// The trials that have ended since `last_trial_number` and `running` were found, in their order; these are set to what
// they are now.
absl::StatusOr<std::vector<Trial>> FindEnded(Session& session, const std::string& job_id, int64_t& last_trial_number,
                                             std::vector<TrialKey>& running) {
  std::vector<Trial> ended;
  std::vector<TrialKey> still_running;
  const auto sort = [&](const Trial& trial) {
    if (trial.status == TrialStatus::kDispatched) still_running.push_back(KeyOf(trial));
    if (TaughtItsJob(trial)) ended.push_back(trial);  // None is collected meanwhile.
    return true;
  };
  for (const TrialKey& key : running) {
    ZB_ASSIGN_OR_RETURN(const Trial* const trial, session.FetchTrial(key));
    if (trial != nullptr) sort(*trial);
  }
  ZB_RETURN_IF_ERROR(session.ScanTrials(job_id, last_trial_number, sort));
  ZB_ASSIGN_OR_RETURN(last_trial_number, session.LastTrialNumber(job_id));
  running = std::move(still_running);
  curves::KeepNewest(ended.size(), ended);
  return ended;
}

// The job as it is, with what was learned.
curves::KnownJob Merge(const Job& job, std::vector<CurvesSize> sizes, const curves::KnownJob& learned) {
  curves::KnownJob known{.spec = job.spec, .job = *job.curves, .sizes = std::move(sizes)};
  curves::SetState(curves::StateOf(learned), known);
  for (size_t i = 0; i < known.sizes.size(); ++i) {
    CurvesSize& size = known.sizes[i];
    const CurvesSize& from = learned.sizes[i];
    size.epoch_seconds = from.epoch_seconds;
    size.epoch_joules = from.epoch_joules;
    size.last_converged_trial = std::max(size.last_converged_trial, from.last_converged_trial);
    size.last_failed_trial = std::max(size.last_failed_trial, from.last_failed_trial);
    size.last_infeasible_trial = std::max(size.last_infeasible_trial, from.last_infeasible_trial);
  }
  return known;
}

}  // namespace

Relearner::Relearner(storage::Store& store, std::function<Moment()> clock, const Limits& limits)
    : store_(store), clock_(std::move(clock)), limits_(limits), thread_([this] { Run(); }) {}

Relearner::~Relearner() {
  queue_.Stop();
  thread_.join();
}

void Relearner::Run() {
  while (queue_.Wait()) {
    const std::string job_id = queue_.Take(1).front();
    // After an error it is still due, and comes again.
    if (const absl::Status status = Relearn(job_id); !status.ok()) {
      spdlog::warn("job '{}' cannot be learned anew: {}", job_id, status.ToString());
    }
  }
}

absl::Status Relearner::Relearn(const std::string& job_id) {
  Outcome outcome = Outcome::kChanged;
  while (outcome == Outcome::kChanged) {
    ZB_ASSIGN_OR_RETURN(std::optional<Lesson> lesson, Begin(job_id));
    if (!lesson.has_value()) return absl::OkStatus();
    do {
      if (queue_.stopped()) return absl::OkStatus();
      ZB_RETURN_IF_ERROR(CatchUp(job_id, *lesson));
      ZB_ASSIGN_OR_RETURN(outcome, Commit(job_id, *lesson));
    } while (outcome == Outcome::kBehind);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::optional<Relearner::Lesson>> Relearner::Begin(const std::string& job_id) {
  Session session = store_.Begin();
  ZeusService service(session, clock_(), limits_);
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(job_id));
  if (job == nullptr || !job->relearning.has_value()) return std::nullopt;
  ZB_ASSIGN_OR_RETURN(const Session::JobVersion version, session.VersionOf(job_id));
  ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, service.GetCurvesSizes(job_id));
  ZB_ASSIGN_OR_RETURN(const std::optional<CurvesBase> base, service.GetCurvesBase(job_id));
  const curves::KnownJob present{.spec = job->spec, .job = *job->curves, .sizes = std::move(sizes)};
  const int64_t base_revision = job->history.has_value() ? job->history->end_revision : curves::Replay::kNoRevision;
  Lesson lesson{.uid = version.uid, .num_corrections = job->num_corrections, .replay = {present, base, base_revision}};
  ZB_ASSIGN_OR_RETURN(const std::vector<Trial> running, FindRunningTrials(session, job_id));
  for (const Trial& trial : running) lesson.running.push_back(KeyOf(trial));
  ZB_ASSIGN_OR_RETURN(lesson.last_trial_number, session.LastTrialNumber(job_id));
  const size_t most = curves::MaxTrials(job->spec.batch_sizes.size());
  ZB_ASSIGN_OR_RETURN(std::vector<Trial> trials, service.FindNewestTrials(job_id, most, [&](const Trial& trial) {
    return TaughtItsJob(trial) && !IsCovered(job->history, trial);
  }));
  curves::KeepNewest(most, trials);
  for (const Trial& trial : trials) {
    if (queue_.stopped()) break;
    lesson.replay.Learn(trial);
  }
  return lesson;
}

absl::Status Relearner::CatchUp(const std::string& job_id, Lesson& lesson) {
  Session session = store_.Begin();
  ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob(job_id));
  if (job == nullptr) return absl::OkStatus();  // Commit finds that, too.
  ZB_ASSIGN_OR_RETURN(const std::vector<Trial> ended,
                      FindEnded(session, job_id, lesson.last_trial_number, lesson.running));
  for (const Trial& trial : ended) lesson.replay.Learn(trial);
  return absl::OkStatus();
}

absl::StatusOr<Relearner::Outcome> Relearner::Commit(const std::string& job_id, const Lesson& lesson) {
  Outcome outcome = Outcome::kDone;
  // It may run again, so that it works on copies.
  const auto body = [&](Session& session) -> absl::Status {
    outcome = Outcome::kDone;
    ZeusService service(session, clock_(), limits_);
    ZB_ASSIGN_OR_RETURN(const Job* const fetched, service.GetJob(job_id));
    if (fetched == nullptr || !fetched->relearning.has_value()) return absl::OkStatus();
    ZB_ASSIGN_OR_RETURN(const Session::JobVersion version, session.VersionOf(job_id));
    if (version.uid != lesson.uid || fetched->num_corrections != lesson.num_corrections) {
      outcome = Outcome::kChanged;
      return absl::OkStatus();
    }
    int64_t last_trial_number = lesson.last_trial_number;
    std::vector<TrialKey> running = lesson.running;
    ZB_ASSIGN_OR_RETURN(const std::vector<Trial> ended, FindEnded(session, job_id, last_trial_number, running));
    if (ended.size() > kMaxTrialsInCommit) {
      outcome = Outcome::kBehind;
      return absl::OkStatus();
    }
    curves::Replay replay = lesson.replay;
    for (const Trial& trial : ended) replay.Learn(trial);
    ZB_ASSIGN_OR_RETURN(Job* const job, session.MutableJob(job_id));
    ZB_ASSIGN_OR_RETURN(std::vector<CurvesSize> sizes, service.GetCurvesSizes(job_id));
    if (!service.curves().Take(Merge(*job, sizes, std::move(replay).Finish()), *job, sizes)) {
      spdlog::warn("job '{}' keeps its old beliefs: those learned anew are out of bounds", job_id);
    }
    for (const CurvesSize& size : sizes) ZB_RETURN_IF_ERROR(session.PutCurvesSize(job_id, size));
    ZB_RETURN_IF_ERROR(session.FinishRelearning(job_id));
    ++job->num_corrections;
    return service.RenewWarnings(*job);
  };
  ZB_RETURN_IF_ERROR(store_.TransactAndWait(body));
  return outcome;
}

}  // namespace zeus::bso
