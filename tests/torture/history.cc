#include "tests/torture/history.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace zeus::bso::torture {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

TimedCall ReadAfterAll(const JobState& now) {
  Call call = {.deed = Deed::kList, .outcome = now.has_value() ? Outcome::kAnswered : Outcome::kNotFound};
  if (now.has_value()) call.trials = *now;
  return {.call = std::move(call), .begin_ns = kNever - 1, .end_ns = kNever};
}

bool IsRead(const Call& call) {
  return call.deed == Deed::kList || call.deed == Deed::kSeen || call.deed == Deed::kSeenDeletion;
}

// The calls that had begun at a time, and what was known of them then.
std::vector<TimedCall> CallsUntil(int64_t time_ns, const std::vector<TimedCall>& calls) {
  std::vector<TimedCall> until;
  for (const TimedCall& timed : calls) {
    if (timed.begin_ns >= time_ns) continue;
    const bool was_answered = timed.end_ns <= time_ns;
    if (!was_answered && IsRead(timed.call)) continue;
    TimedCall& added = until.emplace_back(timed);
    if (was_answered) continue;
    added.call.outcome = Outcome::kUnknown;
    added.end_ns = time_ns;
  }
  return until;
}

std::string Report(const std::string& job_id, const std::string& contradiction) {
  return contradiction.empty() ? "" : absl::StrCat("job ", job_id, ":\n", contradiction);
}

}  // namespace

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

void History::Add(const std::string& job_id, const Call& call, int64_t begin_ns) {
  const bool unknown = call.outcome == Outcome::kUnknown;
  const int64_t end_ns = unknown ? kNever : NowNs();
  absl::MutexLock lock(&mutex_);
  jobs_[job_id].calls.push_back({.call = call, .begin_ns = begin_ns, .end_ns = end_ns});
  if (!unknown) ++num_answers_;
}

void History::AddContradiction(const std::string& what) {
  absl::MutexLock lock(&mutex_);
  absl::StrAppend(&contradictions_, what, "\n");
}

void History::EndUnknownCalls() {
  const int64_t now_ns = NowNs();
  absl::MutexLock lock(&mutex_);
  for (auto& [job_id, job] : jobs_) {
    for (TimedCall& timed : job.calls) timed.end_ns = std::min(timed.end_ns, now_ns);
  }
}

int64_t History::num_answers() const {
  absl::MutexLock lock(&mutex_);
  return num_answers_;
}

std::string History::Settle(const StoreState& now) {
  absl::MutexLock lock(&mutex_);
  std::string report = std::exchange(contradictions_, "");
  for (const auto& [job_id, state] : now) {
    JobHistory& job = jobs_[job_id];
    job.calls.push_back(ReadAfterAll(state));
    absl::StrAppend(&report, Report(job_id, Contradiction(job.initial, std::move(job.calls))));
    job = {.initial = state.has_value() ? JobModel(*state) : JobModel()};
  }
  return report;
}

std::string History::CompareWithCrash(int64_t time_ns, const StoreState& now) const {
  absl::MutexLock lock(&mutex_);
  std::string report;
  for (const auto& [job_id, state] : now) {
    const auto found = jobs_.find(job_id);
    const JobHistory job = found == jobs_.end() ? JobHistory() : found->second;
    std::vector<TimedCall> calls = CallsUntil(time_ns, job.calls);
    calls.push_back(ReadAfterAll(state));
    absl::StrAppend(&report, Report(job_id, Contradiction(job.initial, std::move(calls))));
  }
  return report;
}

}  // namespace zeus::bso::torture
