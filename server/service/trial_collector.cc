#include "server/service/trial_collector.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/service/zeus_service.h"
#include "spdlog/spdlog.h"

namespace zeus::bso {
namespace {

constexpr size_t kJobsOfAPage = 256;

// Trials of a job that end within this time are collected together.
constexpr absl::Duration kShortestPause = absl::Milliseconds(200);

// Pauses last this many times as long as the work before them.
constexpr int kPauseFactor = 9;

constexpr absl::Duration kRetryDelay = absl::Seconds(10);

}  // namespace

TrialCollector::TrialCollector(storage::Store& store, std::function<Moment()> clock, const Limits& limits)
    : store_(store), clock_(std::move(clock)), limits_(limits), thread_([this] { Run(); }) {
  store_.AddObserver(this);
}

TrialCollector::~TrialCollector() {
  store_.RemoveObserver(this);
  queue_.Stop();
  thread_.join();
}

void TrialCollector::Run() {
  absl::Duration pause;
  while (queue_.Pause(pause)) {
    if (!last_found_.has_value() && !queue_.Wait()) return;
    const absl::Time begin = absl::Now();
    const std::vector<std::string> job_ids = queue_.Take(1);
    if (job_ids.empty()) {
      // More of them are looked for when those that were found are done.
      if (const absl::Status status = FindJobs(); !status.ok()) {
        spdlog::warn("looking for jobs with too many trials failed: {}", status.ToString());
      }
      pause = kPauseFactor * (absl::Now() - begin);
      continue;
    }
    const std::string& job_id = job_ids.front();
    const absl::StatusOr<bool> more = CollectSome(job_id);
    pause =
        std::max(more.value_or(false) ? kShortestPause : absl::ZeroDuration(), kPauseFactor * (absl::Now() - begin));
    if (!more.ok() && !HasReason(more.status(), Reason::kLostRace)) {
      spdlog::warn("collecting trials of job '{}' failed, trying again in {} s: {}", job_id,
                   absl::ToInt64Seconds(kRetryDelay), more.status().ToString());
      pause = kRetryDelay;
    }
    if (more.value_or(true)) queue_.Add(job_id);
  }
}

absl::Status TrialCollector::FindJobs() {
  if (!last_found_.has_value()) return absl::OkStatus();
  std::string last = *std::exchange(last_found_, std::nullopt);
  size_t num_found = 0;
  const auto add = [&](const Job& job, const std::optional<JobSummary>&) {
    last = job.spec.job_id;
    queue_.Add(last);
    return ++num_found < kJobsOfAPage;
  };
  ZB_RETURN_IF_ERROR(store_.Begin().ScanReadableJobs("", last, add, [](const storage::UnreadableRange&) {}));
  if (num_found == kJobsOfAPage) last_found_ = std::move(last);
  return absl::OkStatus();
}

absl::StatusOr<bool> TrialCollector::CollectSome(const std::string& job_id) {
  storage::Session session = store_.Begin();
  ZeusService service(session, clock_(), limits_);
  ZB_ASSIGN_OR_RETURN(const std::vector<Collection> parts, FindCollections(service, job_id, limits_.max_trials_per_job,
                                                                           [this] { return queue_.stopped(); }));
  bool goes_on = !parts.empty();
  for (const Collection& part : parts) {
    if (!goes_on || queue_.stopped()) break;
    ZB_ASSIGN_OR_RETURN(goes_on, Take(part));
  }
  return !parts.empty();
}

absl::StatusOr<bool> TrialCollector::Take(const Collection& part) {
  bool is_collected = false;
  ZB_RETURN_IF_ERROR(store_.TransactAndWait([&](storage::Session& session) -> absl::Status {
    ZeusService service(session, clock_(), limits_);
    ZB_ASSIGN_OR_RETURN(is_collected, Collect(service, part));
    return absl::OkStatus();
  }));
  return is_collected;
}

}  // namespace zeus::bso
