#include "storage/store.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "spdlog/spdlog.h"
#include "storage/lease.h"
#include "storage/schema.h"

namespace zeus::bso::storage {
namespace {

absl::StatusOr<int64_t> CountJobs(const Snapshot& snapshot) {
  int64_t num_jobs = 0;
  ZB_RETURN_IF_ERROR(snapshot.Scan(Table::kJobs, "", "", [&](absl::string_view, absl::string_view) {
    ++num_jobs;
    return true;
  }));
  return num_jobs;
}

// The number of jobs: as it was written by the last server, or counted.
absl::StatusOr<int64_t> FindJobCount(const Snapshot& snapshot, uint32_t last_incarnation) {
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> row, snapshot.Get(Table::kMeta, kJobCountKey));
  const std::optional<JobCount> count = row.has_value() ? DecodeJobCount(*row) : std::nullopt;
  if (count.has_value() && count->incarnation == last_incarnation) return count->num_jobs;
  absl::StatusOr<int64_t> counted = CountJobs(snapshot);
  if (counted.ok()) return counted;
  spdlog::warn("counting the jobs failed, --max_jobs is not kept: {}", counted.status().ToString());
  return 0;
}

// Checks the schema version. An older store has what it needs made up later, as it is needed.
absl::Status CheckSchema(const Snapshot& snapshot) {
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> version, snapshot.Get(Table::kMeta, kSchemaVersionKey));
  return version.has_value() ? CheckSchemaVersion(*version) : absl::OkStatus();
}

// Writes the first batch. A compaction may have met a damaged block since the engine was opened, which stops all writes
// until it is opened again, when that table is not compacted any more.
absl::Status WriteFirst(Engine& engine, const WriteBatch& batch) {
  constexpr int kMaxReopenings = 3;
  const WriteBatch* const batches[] = {&batch};
  absl::Status written = engine.Write(batches, /*sync=*/true);
  for (int i = 0; i < kMaxReopenings && !written.ok(); ++i) {
    if (!engine.Reopen().ok()) break;
    written = engine.Write(batches, /*sync=*/true);
  }
  return written;
}

// Counts the threads that run calls.
class Running {
 public:
  explicit Running(std::atomic<int>& count) : count_(count) { ++count_; }
  ~Running() { --count_; }

  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;

 private:
  std::atomic<int>& count_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::Open(std::unique_ptr<Engine> engine, StoreOptions options) {
  ZB_ASSIGN_OR_RETURN(const Opened opened, Inspect(*engine->TakeSnapshot()));
  WriteBatch batch;
  batch.Put(Table::kMeta, std::string(kSchemaVersionKey), absl::StrCat(kSchemaVersion));
  batch.Put(Table::kMeta, std::string(kIncarnationKey), absl::StrCat(opened.incarnation));
  batch.Put(Table::kMeta, std::string(kJobCountKey), EncodeJobCount({opened.incarnation, opened.num_jobs}));
  batch.Put(Table::kMeta, std::string(kServingTimeKey), EncodeServingTime(opened.serving_time));
  ZB_RETURN_IF_ERROR(WriteFirst(*engine, batch));
  return std::unique_ptr<Store>(new Store(std::move(engine), opened, std::move(options)));
}

absl::StatusOr<Store::Opened> Store::Inspect(const Snapshot& snapshot) {
  ZB_RETURN_IF_ERROR(CheckSchema(snapshot));
  Opened opened;
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> last, snapshot.Get(Table::kMeta, kIncarnationKey));
  ZB_ASSIGN_OR_RETURN(opened.incarnation, NextIncarnation(last.value_or("0")));
  ZB_ASSIGN_OR_RETURN(opened.num_jobs, FindJobCount(snapshot, opened.incarnation - 1));
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> time, snapshot.Get(Table::kMeta, kServingTimeKey));
  if (!time.has_value()) {
    opened.serving_time = absl::Now();
    return opened;
  }
  ZB_ASSIGN_OR_RETURN(opened.serving_time, DecodeServingTime(*time));
  return opened;
}

Store::Store(std::unique_ptr<Engine> engine, const Opened& opened, StoreOptions options)
    : engine_(std::move(engine)),
      clock_(opened.serving_time),
      uids_(opened.incarnation),
      cache_(options.job_cache_bytes),
      committer_(*engine_, {.sync = options.durability == Durability::kSync,
                            .num_jobs = opened.num_jobs,
                            .incarnation = opened.incarnation,
                            .retry = options.retry,
                            .clear_cache = [this] { cache_.Clear(); },
                            .reopened = [this] { OnReopened(); },
                            .give_up = std::move(options.give_up)}),
      parts_{.engine = *engine_,
             .uids = uids_,
             .num_jobs = committer_.num_jobs(),
             .num_reservations = num_reservations_,
             .nothing_due_before = nothing_due_before_},
      collector_(*engine_, committer_),
      census_(committer_) {}

Store::~Store() {
  Transact(
      [this](Session& session) {
        session.PutServingTime(clock_.Now());
        return absl::OkStatus();
      },
      [](const absl::Status&) {});
  // A thread may still run a body that waited for a lock, and what is told of a write uses all parts of the store.
  do {
    absl::Notification written;
    committer_.AwaitWritten(committer_.generation(), [&](const absl::Status&) { written.Notify(); });
    written.WaitForNotification();
    if (num_running_ > 0) absl::SleepFor(absl::Milliseconds(1));
  } while (num_running_ > 0);
}

void Store::Transact(Body body, Done done, CallTimes* times) {
  const Running running(num_running_);
  ReadyCalls ready;
  Run(std::make_shared<Call>(Call{std::move(body), std::move(done), times}), {}, ready);
  RunAll(std::move(ready));
}

absl::Status Store::TransactAndWait(Body body) {
  absl::Status outcome;
  absl::Notification done;
  Transact(std::move(body), [&](absl::Status status) {
    outcome = std::move(status);
    done.Notify();
  });
  done.WaitForNotification();
  return outcome;
}

void Store::RunAll(ReadyCalls ready) {
  while (!ready.empty()) {
    JobCache::Ready next = std::move(ready.front());
    ready.pop_front();
    std::move(next.run)(std::move(next.locked), ready);
  }
}

void Store::Unlock(const JobCache::Entries& locked, ReadyCalls& ready) {
  for (JobCache::Ready& next : cache_.Unlock(locked)) ready.push_back(std::move(next));
}

void Store::RunAgain(const std::shared_ptr<Call>& call, std::vector<std::string> names, ReadyCalls& ready) {
  std::optional<JobCache::Ready> now =
      cache_.Lock(std::move(names),
                  [this, call](JobCache::Entries locked, ReadyCalls& next) { Run(call, std::move(locked), next); });
  if (now.has_value()) ready.push_back(*std::move(now));
}

void Store::Run(const std::shared_ptr<Call>& call, JobCache::Entries locked, ReadyCalls& ready) {
  const uint64_t generation = committer_.generation();
  // It may have waited for its locks over a failure of the engine.
  cache_.DropStale(locked);
  Lease lease(cache_, std::move(locked));
  Session session(parts_, lease);
  if (call->times != nullptr) call->times->body_begin = CallTimes::Clock::now();
  absl::Status status = call->body(session);
  if (call->times != nullptr) call->times->body_end = CallTimes::Clock::now();
  if (lease.must_wait()) {
    session.Discard();
    std::vector<std::string> names = lease.Names();
    Unlock(lease.locked(), ready);
    return RunAgain(call, std::move(names), ready);
  }
  const bool may_leave = status.ok() && session.may_leave_early();
  if (status.ok() && session.has_changes()) {
    const absl::Status queued = Enqueue(session, lease.locked(), generation, may_leave ? nullptr : call);
    if (queued.ok()) {
      Unlock(lease.locked(), ready);
      if (may_leave) std::move(call->done)(absl::OkStatus());
      return;
    }
    if (!may_leave) status = queued;
  }
  if (HasReason(status, Reason::kStorageUnavailable)) {
    // If the engine is being reopened, the reason for that says more.
    if (const absl::Status health = committer_.health(); !health.ok()) status = NothingChanged(health);
  }
  session.Discard();
  session.ForgetEndedTrials();
  std::vector<std::string> names = lease.Names();
  // In this order: a failure begins a new generation before the cache is cleared.
  const bool tells_of_unwritten = cache_.HasQueued(lease.locked());
  const bool is_old = committer_.generation() != generation;
  Unlock(lease.locked(), ready);
  if (may_leave || !(is_old || tells_of_unwritten)) return std::move(call->done)(std::move(status));
  if (is_old) return RunAgain(call, std::move(names), ready);
  committer_.AwaitWritten(generation, [this, call, status](const absl::Status& written) mutable {
    if (written.ok()) return std::move(call->done)(std::move(status));
    // What it tells of was not written.
    Transact(std::move(call->body), std::move(call->done), call->times);
  });
}

absl::Status Store::Enqueue(Session& session, const JobCache::Entries& locked, uint64_t generation,
                            std::shared_ptr<Call> call) {
  const std::shared_ptr<const WriteBatch> batch = session.TakeBatch();
  ZB_ASSIGN_OR_RETURN(ObservedChanges changes, FindChanges(session));
  session.ForgetEndedTrials();
  // Before it is queued, as it may be written at once.
  cache_.AddQueued(locked, batch);
  absl::Status queued = committer_.Enqueue(
      batch, generation,
      [this, batch, locked, call = std::move(call), changes = std::move(changes), due = session.earliest_due(),
       has_garbage = session.has_garbage()](const absl::Status& written) {
        if (written.ok()) {
          cache_.RemoveQueued(locked, *batch);
          alarm_.Set(due);
          Tell(changes);
        }
        if (call != nullptr && call->times != nullptr && batch->must_sync) {
          call->times->write = committer_.last_write_time();
        }
        if (call != nullptr) std::move(call->done)(written);
        // After the response, which would otherwise wait for the first writes of the collector.
        if (written.ok() && has_garbage) collector_.Notify();
      });
  if (!queued.ok()) cache_.RemoveQueued(locked, *batch);
  return queued;
}

absl::StatusOr<Store::ObservedChanges> Store::FindChanges(const Session& session) const {
  ObservedChanges changes;
  // None of them is removed meanwhile.
  absl::ReaderMutexLock lock(&observers_mutex_);
  for (CommitObserver* const observer : observers_) {
    ZB_ASSIGN_OR_RETURN(std::vector<JobChange> observed, session.ChangesFor(*observer));
    if (!observed.empty()) changes.emplace_back(observer, std::move(observed));
  }
  return changes;
}

std::vector<CommitObserver*> Store::observers() const {
  absl::ReaderMutexLock lock(&observers_mutex_);
  return observers_;
}

void Store::Tell(const ObservedChanges& changes) {
  if (changes.empty()) return;
  absl::MutexLock lock(&telling_mutex_);
  const std::vector<CommitObserver*> present = observers();
  for (const auto& [observer, observed] : changes) {
    // It may have been removed meanwhile.
    if (std::find(present.begin(), present.end(), observer) == present.end()) continue;
    for (const JobChange& change : observed) observer->OnCommit(change);
  }
}

void Store::OnReopened() {
  alarm_.Set(absl::InfinitePast());
  absl::MutexLock lock(&telling_mutex_);
  for (CommitObserver* const observer : observers()) observer->OnReopened();
}

void Store::AddObserver(CommitObserver* observer) {
  absl::MutexLock lock(&observers_mutex_);
  observers_.push_back(observer);
}

void Store::RemoveObserver(CommitObserver* observer) {
  {
    absl::MutexLock lock(&observers_mutex_);
    std::erase(observers_, observer);
  }
  absl::MutexLock wait_for_calls(&telling_mutex_);
}

Session Store::Begin() {
  const uint64_t generation = committer_.generation();
  return Session(parts_, std::shared_ptr<const Snapshot>(engine_->TakeSnapshot()), generation);
}

absl::Status Store::WritePart(Session& session, absl::string_view job_id, Done done) {
  ZB_ASSIGN_OR_RETURN(const Session::JobVersion version, session.VersionOf(job_id));
  std::shared_ptr<const void> hold = collector_.Hold(version.uid);
  ZB_ASSIGN_OR_RETURN(WriteBatch part, session.TakePart(job_id, hold));
  return committer_.Enqueue(std::make_shared<const WriteBatch>(std::move(part)), session.generation(),
                            [done = std::move(done), hold = std::move(hold)](const absl::Status& written) mutable {
                              std::move(done)(written.ok() ? written : NothingChanged(written));
                              // Here, if the session was dropped meanwhile. Not later: the store may be gone then.
                              hold.reset();
                            });
}

void Store::Reserve(std::vector<std::string> job_ids, OnReserved done) {
  const Running running(num_running_);
  // From now on, whoever gets the lock of a job asks for that of its changes, too. Who has not is done with the job
  // before this gets its lock.
  ++num_reservations_;
  std::sort(job_ids.begin(), job_ids.end());
  job_ids.erase(std::unique(job_ids.begin(), job_ids.end()), job_ids.end());
  std::vector<std::string> names;
  names.reserve(2 * job_ids.size());
  for (const std::string& job_id : job_ids) names.push_back(LockOfChanges(job_id));
  for (const std::string& job_id : job_ids) names.push_back(LockOfJob(job_id));
  ReadyCalls ready;
  std::optional<JobCache::Ready> now = cache_.Lock(
      std::move(names),
      [this, num_jobs = job_ids.size(), done = std::move(done)](JobCache::Entries locked, ReadyCalls& next) mutable {
        const auto jobs = locked.begin() + static_cast<std::ptrdiff_t>(num_jobs);
        Unlock(JobCache::Entries(jobs, locked.end()), next);
        locked.erase(jobs, locked.end());
        Reservation reservation(std::move(locked), [this](const JobCache::Entries& given) { EndReservation(given); });
        // What was queued before is in the snapshot then.
        committer_.AwaitWritten(committer_.generation(), [this, reservation = std::move(reservation),
                                                          done = std::move(done)](const absl::Status& status) mutable {
          if (!status.ok()) return std::move(done)(NothingChanged(status));
          std::move(done)(ReservedSession{.session = Begin(), .reservation = std::move(reservation)});
        });
      });
  if (now.has_value()) ready.push_back(*std::move(now));
  RunAll(std::move(ready));
}

void Store::EndReservation(const JobCache::Entries& locked) {
  const Running running(num_running_);
  --num_reservations_;
  ReadyCalls ready;
  Unlock(locked, ready);
  RunAll(std::move(ready));
}

void Store::Commit(Session& session, Reservation reservation, Done done) {
  const Running running(num_running_);
  if (!session.has_changes()) return std::move(done)(absl::OkStatus());
  const Session::Versions versions = session.SeenVersions();
  // Two that wait for what the other has reserved would wait for ever.
  const bool covers_all =
      std::all_of(versions.begin(), versions.end(), [&](const auto& seen) { return reservation.Covers(seen.first); });
  if (!covers_all) reservation = Reservation();
  std::vector<std::string> names;
  for (const auto& [job_id, version] : versions) {
    if (!covers_all) names.push_back(LockOfChanges(job_id));
    names.push_back(LockOfJob(job_id));
  }
  std::sort(names.begin(), names.end());
  const auto call = std::make_shared<Call>(Call{.body = nullptr, .done = std::move(done)});
  std::optional<JobCache::Ready> now =
      cache_.Lock(std::move(names), [this, &session, reservation = std::move(reservation), call](
                                        const JobCache::Entries& locked, ReadyCalls& next) mutable {
        const absl::Status status = CommitLocked(session, locked, call);
        Unlock(locked, next);
        reservation = Reservation();
        if (!status.ok()) std::move(call->done)(status);
      });
  ReadyCalls ready;
  if (now.has_value()) ready.push_back(*std::move(now));
  RunAll(std::move(ready));
}

absl::Status Store::CommitLocked(Session& session, const JobCache::Entries& locked, const std::shared_ptr<Call>& call) {
  cache_.DropStale(locked);
  Lease lease(cache_, locked);
  Session present(parts_, lease);
  for (const auto& [job_id, seen] : session.SeenVersions()) {
    ZB_RETURN_IF_ERROR(present.FetchJob(job_id).status());
    if (present.SeenVersions().at(job_id) == seen) continue;
    ++num_lost_races_;
    return MakeError(Reason::kLostRace, "another call changed what was read at the same time; repeat the call");
  }
  // They are loaded again from what is queued.
  for (JobCache::Entry* const entry : locked) entry->job.reset();
  return Enqueue(session, locked, session.generation(), call);
}

}  // namespace zeus::bso::storage
