#include "server/service/summarizer.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <utility>

#include "absl/time/clock.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/service/zeus_service.h"
#include "spdlog/spdlog.h"

namespace zeus::bso {
namespace {

constexpr size_t kJobsOfABatch = 64;
constexpr size_t kJobsOfAPage = 256;

// Trials of a job that end within this time share one summary.
constexpr absl::Duration kShortestPause = absl::Milliseconds(200);

// Pauses last this many times as long as the work before them.
constexpr int kPauseFactor = 9;

constexpr absl::Duration kRetryDelay = absl::Seconds(10);

bool IsOld(const Job& job, const std::optional<JobSummary>& summary) {
  const int64_t last = job.latest_results.last_trial_number;
  if (last == 0) return false;
  return !summary.has_value() || summary->last_trial_number != last || summary->num_corrections != job.num_corrections;
}

JobSummary SummaryOf(const Job& job, const Explanation& beliefs) {
  JobSummary summary{.last_trial_number = job.latest_results.last_trial_number,
                     .last_end_time = job.latest_results.last_end_time.value_or(job.create_time),
                     .best_batch_size = beliefs.best_batch_size,
                     .cost_saving = beliefs.cost_saving,
                     .time_saving = beliefs.time_saving,
                     .energy_saving = beliefs.energy_saving,
                     .num_warnings = static_cast<int64_t>(job.warnings.size()),
                     .num_corrections = job.num_corrections};
  for (const BatchSizeExplanation& size : beliefs.sizes) {
    if (size.batch_size == beliefs.best_batch_size) summary.best_probability = size.best_probability;
  }
  return summary;
}

std::optional<Spent> DefaultCost(const Job& job, const Explanation& beliefs) {
  for (const BatchSizeExplanation& size : beliefs.sizes) {
    if (size.batch_size != job.spec.default_batch_size) continue;
    if (size.time.has_value() && size.energy.has_value()) return Spent{size.time->value, size.energy->value};
  }
  return std::nullopt;
}

}  // namespace

Summarizer::Summarizer(storage::Store& store, std::function<Moment()> clock, Told told)
    : store_(store), clock_(std::move(clock)), told_(std::move(told)), thread_([this] { Run(); }) {
  store_.AddObserver(this);
}

Summarizer::~Summarizer() {
  store_.RemoveObserver(this);
  queue_.Stop();
  thread_.join();
}

void Summarizer::Run() {
  absl::Duration pause;
  while (queue_.Pause(pause)) {
    if (!last_looked_at_.has_value() && !queue_.Wait()) return;
    const absl::Time begin = absl::Now();
    const std::vector<std::string> job_ids = queue_.Take(kJobsOfABatch);
    // More of them are looked for when those that were found are done.
    if (job_ids.empty()) FindOldSummaries();
    const absl::Status status = Summarize(job_ids);
    pause = std::max(job_ids.empty() ? absl::ZeroDuration() : kShortestPause, kPauseFactor * (absl::Now() - begin));
    if (status.ok()) continue;
    for (const std::string& job_id : job_ids) queue_.Add(job_id);
    if (HasReason(status, Reason::kLostRace)) continue;
    spdlog::warn("storing summaries of jobs failed, trying again in {} s: {}", absl::ToInt64Seconds(kRetryDelay),
                 status.ToString());
    pause = kRetryDelay;
  }
}

void Summarizer::FindOldSummaries() {
  if (!last_looked_at_.has_value()) return;
  std::string last = *std::exchange(last_looked_at_, std::nullopt);
  size_t num_looked_at = 0;
  const auto look = [&](const Job& job, const std::optional<JobSummary>& summary) {
    last = job.spec.job_id;
    if (IsOld(job, summary)) queue_.Add(last);
    return ++num_looked_at < kJobsOfAPage;
  };
  const absl::Status status = store_.Begin().ScanReadableJobs("", last, look, [](const storage::UnreadableRange&) {});
  if (!status.ok()) {
    spdlog::warn("looking for jobs to summarize failed: {}", status.ToString());
  } else if (num_looked_at == kJobsOfAPage) {
    last_looked_at_ = std::move(last);
  }
}

absl::Status Summarizer::Summarize(const std::vector<std::string>& job_ids) {
  const std::vector<Entry> entries = Compute(job_ids);
  if (entries.empty()) return absl::OkStatus();
  ZB_ASSIGN_OR_RETURN(const std::vector<Entry> stored, StoreAll(entries));
  for (const Entry& entry : stored) told_(entry);
  return absl::OkStatus();
}

std::vector<Summarizer::Entry> Summarizer::Compute(const std::vector<std::string>& job_ids) {
  std::vector<Entry> entries;
  if (job_ids.empty()) return entries;
  storage::Session session = store_.Begin();
  for (const std::string& job_id : job_ids) {
    Entry entry{.job_id = job_id};
    const absl::StatusOr<bool> is_computed = ComputeOne(session, entry);
    if (!is_computed.ok()) {
      spdlog::warn("job '{}' cannot be summarized: {}", job_id, is_computed.status().ToString());
    } else if (*is_computed) {
      entries.push_back(std::move(entry));
    }
  }
  return entries;
}

absl::StatusOr<bool> Summarizer::ComputeOne(storage::Session& session, Entry& entry) const {
  // Without the memory of the calls, whose jobs may be newer than this session's.
  ZeusService service(session, clock_());
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(entry.job_id));
  if (job == nullptr || job->latest_results.last_trial_number == 0) return false;
  ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session.VersionOf(entry.job_id));
  ZB_ASSIGN_OR_RETURN(const ZeusService::JobExplanation explanation, service.ExplainJob(entry.job_id));
  entry.uid = version.uid;
  entry.summary = SummaryOf(*job, explanation.beliefs);
  entry.default_cost = DefaultCost(*job, explanation.beliefs);
  return true;
}

absl::StatusOr<std::vector<Summarizer::Entry>> Summarizer::StoreAll(const std::vector<Entry>& entries) {
  std::vector<Entry> stored;
  ZB_RETURN_IF_ERROR(store_.TransactAndWait([&](storage::Session& session) -> absl::Status {
    stored.clear();
    for (const Entry& entry : entries) {
      ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob(entry.job_id));
      if (job == nullptr) continue;
      ZB_ASSIGN_OR_RETURN(const storage::Session::JobVersion version, session.VersionOf(entry.job_id));
      if (version.uid != entry.uid) continue;
      ZB_RETURN_IF_ERROR(session.PutSummary(entry.job_id, entry.summary));
      stored.push_back(entry);
    }
    return absl::OkStatus();
  }));
  return stored;
}

}  // namespace zeus::bso
