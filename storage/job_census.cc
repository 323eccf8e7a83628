#include "storage/job_census.h"

#include <string>
#include <utility>

#include "absl/time/clock.h"
#include "model/status_macros.h"
#include "storage/records.h"
#include "storage/tables.h"

namespace zeus::bso::storage {
namespace {

constexpr int kJobsOfAPage = 256;

// Pauses last this many times as long as the work before them.
constexpr int kPauseFactor = 9;

// How often to look whether the engine was reopened, and how soon to try again after an error.
constexpr absl::Duration kLookAgain = absl::Seconds(1);

}  // namespace

JobCensus::JobCensus(Committer& committer) : committer_(committer), thread_([this] { Run(); }) {}

JobCensus::~JobCensus() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

std::optional<JobSums> JobCensus::sums() const {
  const JobSums written = committer_.stats().sums;
  absl::ReaderMutexLock lock(&mutex_);
  if (!base_.has_value() || generation_ != committer_.generation()) return std::nullopt;
  JobSums sums = *base_;
  sums += written;
  return sums;
}

void JobCensus::Run() {
  do {
    const Committer::SummedSnapshot taken = committer_.TakeSummedSnapshot();
    const absl::StatusOr<std::optional<JobSums>> added_up = AddUp(*taken.snapshot);
    if (!added_up.ok()) continue;
    if (!added_up->has_value()) return;
    {
      absl::MutexLock lock(&mutex_);
      base_ = **added_up;
      *base_ -= taken.sums;
      generation_ = taken.generation;
    }
    // What a failed write has left is not known.
    while (committer_.generation() == taken.generation) {
      if (!Pause(kLookAgain)) return;
    }
  } while (Pause(kLookAgain));
}

absl::StatusOr<std::optional<JobSums>> JobCensus::AddUp(const Snapshot& snapshot) {
  JobSums sums;
  std::string next;
  bool is_whole = false;
  while (!is_whole) {
    const absl::Time start = absl::Now();
    const std::string begin = std::move(next);
    int num_jobs = 0;
    is_whole = true;
    ZB_RETURN_IF_ERROR(snapshot.ScanReadable(
        Table::kJobs, begin, "",
        [&](absl::string_view key, absl::string_view value) {
          if (const absl::StatusOr<JobRow> row = DecodeJob(key, value); row.ok()) sums += SumsOf(row->job);
          is_whole = ++num_jobs < kJobsOfAPage;
          if (!is_whole) next = std::string(key) + '\0';
          return is_whole;
        },
        [](const UnreadableRange&) {}));
    if (!Pause(is_whole ? absl::ZeroDuration() : kPauseFactor * (absl::Now() - start))) return std::nullopt;
  }
  return sums;
}

bool JobCensus::Pause(absl::Duration duration) {
  absl::MutexLock lock(&mutex_);
  return !mutex_.AwaitWithTimeout(absl::Condition(&stopping_), duration);
}

}  // namespace zeus::bso::storage
