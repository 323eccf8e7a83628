#include "server/service/summarizer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "server/model/error.h"
#include "server/model/status_macros.h"
#include "server/service/zeus_service.h"
#include "spdlog/spdlog.h"

namespace zeus::bso {
namespace {

constexpr size_t kJobsOfABatch = 64;
constexpr size_t kJobsOfAPage = 256;

// What ends within this time is summarized together.
constexpr absl::Duration kShortestPause = absl::Milliseconds(200);

// Pauses last this many times as long as the work before them.
constexpr int kPauseFactor = 9;

constexpr absl::Duration kRetryDelay = absl::Seconds(10);

bool IsOld(const Job& job, const std::optional<JobSummary>& summary) {
  const int64_t last = job.latest_results.last_trial_number;
  return last > 0 && (!summary.has_value() || summary->last_trial_number != last);
}

JobSummary SummaryOf(const Job& job, const Explanation& beliefs) {
  JobSummary summary{.last_trial_number = job.latest_results.last_trial_number,
                     .last_end_time = job.latest_results.last_end_time.value_or(job.create_time),
                     .best_batch_size = beliefs.best_batch_size,
                     .cost_saving = beliefs.cost_saving,
                     .time_saving = beliefs.time_saving,
                     .energy_saving = beliefs.energy_saving,
                     .num_warnings = static_cast<int64_t>(job.warnings.size())};
  for (const BatchSizeExplanation& size : beliefs.sizes) {
    if (size.batch_size == beliefs.best_batch_size) summary.best_probability = size.best_probability;
  }
  return summary;
}

}  // namespace

Summarizer::Summarizer(storage::Store& store, std::function<absl::Time()> clock, Told told)
    : store_(store), clock_(std::move(clock)), told_(std::move(told)), thread_([this] { Run(); }) {
  store_.AddObserver(this);
}

Summarizer::~Summarizer() {
  store_.RemoveObserver(this);
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void Summarizer::OnCommit(const storage::JobChange& change) { Add({change.job_id}); }

void Summarizer::Add(const std::vector<std::string>& job_ids) {
  absl::MutexLock lock(&mutex_);
  job_ids_.insert(job_ids.begin(), job_ids.end());
}

bool Summarizer::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&stopping_), duration);
}

std::vector<std::string> Summarizer::WaitForJobs() {
  absl::MutexLock lock(&mutex_);
  const auto has_work = [this] {
    mutex_.AssertHeld();
    return stopping_ || !job_ids_.empty();
  };
  mutex_.Await(absl::Condition(&has_work));
  std::vector<std::string> job_ids;
  while (!stopping_ && !job_ids_.empty() && job_ids.size() < kJobsOfABatch) {
    job_ids.push_back(std::move(job_ids_.extract(job_ids_.begin()).value()));
  }
  return job_ids;
}

void Summarizer::Run() {
  FindOldSummaries();
  while (true) {
    const std::vector<std::string> job_ids = WaitForJobs();
    if (job_ids.empty()) return;
    const absl::Time begin = absl::Now();
    const absl::Status status = Summarize(job_ids);
    if (!status.ok()) Add(job_ids);
    absl::Duration pause = std::max(kShortestPause, kPauseFactor * (absl::Now() - begin));
    if (!status.ok() && !HasReason(status, Reason::kLostRace)) {
      spdlog::warn("summarizing jobs failed, trying again in {} s: {}", absl::ToInt64Seconds(kRetryDelay),
                   status.ToString());
      pause = kRetryDelay;
    }
    if (!Pause(pause)) return;
  }
}

void Summarizer::FindOldSummaries() {
  std::string after;
  bool is_last = false;
  while (!is_last) {
    const absl::Time begin = absl::Now();
    if (const absl::Status status = FindPage(after, is_last); !status.ok()) {
      spdlog::warn("looking for jobs to summarize failed: {}", status.ToString());
      return;
    }
    if (!is_last && !Pause(kPauseFactor * (absl::Now() - begin))) return;
  }
}

absl::Status Summarizer::FindPage(std::string& after, bool& is_last) {
  std::vector<std::string> found;
  size_t num_looked_at = 0;
  ZB_RETURN_IF_ERROR(store_.Begin()->ScanJobs("", after, [&](const Job& job, const std::optional<JobSummary>& summary) {
    after = job.spec.job_id;
    if (IsOld(job, summary)) found.push_back(after);
    return ++num_looked_at < kJobsOfAPage;
  }));
  Add(found);
  is_last = num_looked_at < kJobsOfAPage;
  return absl::OkStatus();
}

absl::Status Summarizer::Summarize(const std::vector<std::string>& job_ids) {
  ZB_ASSIGN_OR_RETURN(const std::vector<Entry> entries, Compute(job_ids));
  ZB_RETURN_IF_ERROR(StoreAll(entries));
  for (const Entry& entry : entries) told_(entry.job_id, entry.summary);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Summarizer::Entry>> Summarizer::Compute(const std::vector<std::string>& job_ids) {
  std::vector<Entry> entries;
  const std::unique_ptr<storage::Session> session = store_.Begin();
  // Without the memory of the calls, whose jobs may be newer than this session's.
  ZeusService service(*session, clock_());
  for (const std::string& job_id : job_ids) {
    ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(job_id));
    if (job == nullptr || job->latest_results.last_trial_number == 0) continue;
    ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session->VersionOf(job_id));
    ZB_ASSIGN_OR_RETURN(const ZeusService::JobExplanation explanation, service.ExplainJob(job_id));
    entries.push_back({.job_id = job_id, .uid = version.uid, .summary = SummaryOf(*job, explanation.beliefs)});
  }
  return entries;
}

absl::Status Summarizer::StoreAll(const std::vector<Entry>& entries) {
  absl::Status outcome;
  absl::Notification done;
  store_.Transact(
      [&entries](storage::Session& session) -> absl::Status {
        for (const Entry& entry : entries) {
          ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob(entry.job_id));
          if (job == nullptr) continue;
          ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session.VersionOf(entry.job_id));
          if (version.uid != entry.uid) continue;
          ZB_RETURN_IF_ERROR(session.PutSummary(entry.job_id, entry.summary));
        }
        return absl::OkStatus();
      },
      [&](absl::Status status) {
        outcome = std::move(status);
        done.Notify();
      });
  done.WaitForNotification();
  return outcome;
}

}  // namespace zeus::bso
