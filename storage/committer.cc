#include "storage/committer.h"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "model/error.h"
#include "spdlog/spdlog.h"
#include "storage/schema.h"

namespace zeus::bso::storage {
namespace {

using Clock = std::chrono::steady_clock;

// The committer gives others the time of one write to come, and looks so many times meanwhile whether they have. On a
// slow disk it does not wait that long: nobody is to wait for others noticeably.
constexpr int kPauses = 2;
constexpr absl::Duration kMaxPause = absl::Milliseconds(1);

// How long to wait before the engine is tried again: the least, and the most.
constexpr absl::Duration kMinRetryDelay = absl::Milliseconds(50);
constexpr absl::Duration kMaxRetryDelay = absl::Seconds(2);

// A write that takes longer is a failure of the disk.
constexpr absl::Duration kLongWrite = absl::Seconds(5);

absl::Status GenerationPassed() {
  return MakeError(Reason::kStorageUnavailable, "nothing was changed: the disk failed meanwhile; repeat the call");
}

}  // namespace

absl::Status NothingChanged(const absl::Status& cause) {
  const Reason reason = HasReason(cause, Reason::kStorageFull) ? Reason::kStorageFull : Reason::kStorageUnavailable;
  return MakeError(reason, absl::StrCat("nothing was changed: ", cause.message()));
}

Committer::Committer(Engine& engine, Options options)
    : engine_(engine),
      options_(std::move(options)),
      num_jobs_(options_.num_jobs),
      num_written_jobs_(options_.num_jobs) {
  engine_.SetFailureHandler([this](const absl::Status& error) { NoteFailure(error); });
  thread_ = std::thread([this] { Run(); });
}

Committer::~Committer() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
  engine_.SetFailureHandler(nullptr);
}

absl::Status Committer::health() const {
  absl::ReaderMutexLock lock(&mutex_);
  if (!refusal_.ok()) return refusal_;
  if (write_start_.has_value() && absl::Now() - *write_start_ > kLongWrite) {
    return MakeError(Reason::kStorageUnavailable, "the disk has not answered for some seconds");
  }
  return absl::OkStatus();
}

CommitterStats Committer::stats() const {
  absl::ReaderMutexLock lock(&mutex_);
  return stats_;
}

Committer::SummedSnapshot Committer::TakeSummedSnapshot() {
  absl::MutexLock no_write(&summing_mutex_);
  SummedSnapshot taken{.snapshot = engine_.TakeSnapshot()};
  absl::ReaderMutexLock lock(&mutex_);
  taken.sums = stats_.sums;
  taken.generation = generation_;
  return taken;
}

absl::Status Committer::Enqueue(std::shared_ptr<const WriteBatch> batch, uint64_t generation, Done done) {
  absl::MutexLock lock(&mutex_);
  if (!refusal_.ok()) return NothingChanged(refusal_);
  if (generation != generation_) return GenerationPassed();
  if (queued_bytes_ > kMaxQueuedBytes) {
    return MakeError(Reason::kStorageUnavailable, "nothing was changed: the disk is too slow for so many changes");
  }
  queued_bytes_ += batch->bytes();
  num_jobs_ += batch->jobs_added;
  queue_.push_back({std::move(batch), std::move(done)});
  return absl::OkStatus();
}

void Committer::AwaitWritten(uint64_t generation, Done done) {
  absl::Status status;
  {
    absl::MutexLock lock(&mutex_);
    status = refusal_;
    if (status.ok() && generation != generation_) status = GenerationPassed();
    if (status.ok() && (is_writing_ || !queue_.empty())) {
      queue_.push_back({nullptr, std::move(done)});
      return;
    }
  }
  std::move(done)(status);
}

void Committer::NoteFailure(const absl::Status& error) {
  absl::MutexLock lock(&mutex_);
  engine_failure_ = error;
}

void Committer::Run() {
  while (true) {
    WaitForMore();
    Group group = TakeGroup();
    absl::Status status;
    if (group.empty()) {
      absl::MutexLock lock(&mutex_);
      if (engine_failure_.ok()) return;
      status = engine_failure_;
    } else {
      status = Write(group);
    }
    if (!status.ok()) Refuse(status);
    for (Entry& entry : group) std::move(entry.done)(status);
    group.clear();
    if (!status.ok()) ReopenEngine();
    absl::MutexLock lock(&mutex_);
    is_writing_ = false;
  }
}

void Committer::WaitForMore() {
  {
    absl::MutexLock lock(&mutex_);
    mutex_.Await(absl::Condition(this, &Committer::HasWork));
  }
  const absl::Duration pause = std::min(last_write_time_ / kPauses, kMaxPause);
  for (int i = 0; i < kPauses && ExpectsMore(); ++i) absl::SleepFor(pause);
}

bool Committer::ExpectsMore() const {
  absl::ReaderMutexLock lock(&mutex_);
  return options_.sync && !stopping_ && engine_failure_.ok() && queue_.size() < last_group_size_;
}

Committer::Group Committer::TakeGroup() {
  Group group;
  absl::MutexLock lock(&mutex_);
  if (!engine_failure_.ok()) return group;
  size_t bytes = 0;
  while (!queue_.empty()) {
    const size_t next = queue_.front().batch != nullptr ? queue_.front().batch->bytes() : 0;
    if (!group.empty() && bytes + next > kMaxGroupBytes) break;
    bytes += next;
    group.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  queued_bytes_ -= bytes;
  is_writing_ = !group.empty();
  last_group_size_ = group.size();
  return group;
}

absl::Status Committer::Write(const Group& group) {
  std::vector<const WriteBatch*> batches;
  bool must_sync = false;
  int64_t jobs_added = 0;
  bool counts = false;
  JobSums sums;
  for (const Entry& entry : group) {
    if (entry.batch == nullptr) continue;
    batches.push_back(entry.batch.get());
    must_sync = must_sync || entry.batch->must_sync;
    counts = counts || entry.batch->jobs_added != 0;
    jobs_added += entry.batch->jobs_added;
    sums += entry.batch->sums_added;
  }
  if (batches.empty()) return absl::OkStatus();
  const auto num_commits = static_cast<int64_t>(batches.size());
  WriteBatch count;
  if (counts) {
    count.Put(Table::kMeta, std::string(kJobCountKey),
              EncodeJobCount({options_.incarnation, num_written_jobs_ + jobs_added}));
    batches.push_back(&count);
  }
  const absl::Status status = WriteToEngine(batches, must_sync && options_.sync, num_commits, sums);
  if (status.ok()) num_written_jobs_ += jobs_added;
  return status;
}

absl::Status Committer::WriteToEngine(const std::vector<const WriteBatch*>& batches, bool sync, int64_t num_commits,
                                      const JobSums& sums) {
  absl::MutexLock no_snapshot(&summing_mutex_);
  const Clock::time_point start = Clock::now();
  {
    absl::MutexLock lock(&mutex_);
    write_start_ = absl::Now();
  }
  const absl::Status status = engine_.Write(batches, sync);
  last_write_time_ = absl::FromChrono(Clock::now() - start);
  absl::MutexLock lock(&mutex_);
  write_start_.reset();
  if (!status.ok()) return status;
  stats_.num_commits += num_commits;
  stats_.group_sizes.Add(static_cast<double>(num_commits));
  if (sync) stats_.sync_seconds.Add(absl::ToDoubleSeconds(last_write_time_));
  stats_.sums += sums;
  return status;
}

void Committer::Refuse(const absl::Status& error) {
  spdlog::error("the store refuses changes until its disk works again: {}", error.ToString());
  std::deque<Entry> refused;
  {
    absl::MutexLock lock(&mutex_);
    is_writing_ = true;
    ++generation_;
    ++stats_.num_failures;
    refusal_ = error;
    options_.clear_cache();
    refused.swap(queue_);
    queued_bytes_ = 0;
  }
  for (Entry& entry : refused) std::move(entry.done)(NothingChanged(error));
}

void Committer::ReadJobCount() {
  const absl::StatusOr<std::optional<std::string>> row = engine_.TakeSnapshot()->Get(Table::kMeta, kJobCountKey);
  if (!row.ok() || !row->has_value()) return;
  if (const std::optional<JobCount> stored = DecodeJobCount(**row); stored.has_value()) {
    num_written_jobs_ = stored->num_jobs;
  }
}

void Committer::ReopenEngine() {
  absl::Duration delay = kMinRetryDelay;
  std::optional<absl::Time> disk_works_since;
  while (true) {
    {
      // An error that comes later is one of the reopened engine.
      absl::MutexLock lock(&mutex_);
      engine_failure_ = absl::OkStatus();
    }
    absl::Status status = engine_.Probe();
    if (status.ok()) {
      if (!disk_works_since.has_value()) disk_works_since = absl::Now();
      status = engine_.Reopen();
    } else {
      disk_works_since.reset();
    }
    if (status.ok()) break;
    if (options_.retry > absl::ZeroDuration() && disk_works_since.has_value() &&
        absl::Now() - *disk_works_since > options_.retry) {
      options_.give_up();
    }
    absl::MutexLock lock(&mutex_);
    refusal_ = status;
    if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), delay)) return;
    delay = std::min(2 * delay, kMaxRetryDelay);
  }
  spdlog::info("the store works again");
  {
    absl::MutexLock lock(&mutex_);
    options_.clear_cache();
  }
  ReadJobCount();
  options_.reopened();
  absl::MutexLock lock(&mutex_);
  num_jobs_ = num_written_jobs_;
  ++generation_;
  ++stats_.num_reopenings;
  refusal_ = absl::OkStatus();
}

}  // namespace zeus::bso::storage
