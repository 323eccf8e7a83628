// A store that is open: the one place that runs sessions and commits them.
#ifndef ZEUS_BSO_STORAGE_STORE_H_
#define ZEUS_BSO_STORAGE_STORE_H_

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "storage/call_times.h"
#include "storage/collector.h"
#include "storage/committer.h"
#include "storage/due_alarm.h"
#include "storage/engine.h"
#include "storage/job_cache.h"
#include "storage/job_census.h"
#include "storage/job_change.h"
#include "storage/reservation.h"
#include "storage/serving_clock.h"
#include "storage/session.h"
#include "storage/stats.h"
#include "storage/uid_sequence.h"

namespace zeus::bso::storage {

// When a change is answered.
enum class Durability {
  kSync,   // When it is on the disk: it survives a crash of the machine.
  kAsync,  // When it is written: it survives a crash of the server; one of the machine may lose the last seconds.
};

struct StoreOptions {
  Durability durability = Durability::kSync;
  size_t job_cache_bytes = size_t{64} << 20;  // Of jobs that are not in use, decoded, roughly.
  // How long the store tries to reopen its engine on a disk that takes writes, before `give_up`; zero: for ever.
  absl::Duration retry = absl::Minutes(5);
  std::function<void()> give_up = [] {};
};

// Thread-safe.
class Store {
 public:
  // What a session is to do. It may run again, on a new session, so it must have no effect that a second run does not
  // overwrite.
  using Body = std::function<absl::Status(Session&)>;
  using Done = absl::AnyInvocable<void(absl::Status) &&>;

  // Opens the store that `engine` holds, or makes an empty one; takes the next incarnation. STORE_REFUSED when it is of
  // a newer schema.
  static absl::StatusOr<std::unique_ptr<Store>> Open(std::unique_ptr<Engine> engine, StoreOptions options);
  static absl::StatusOr<std::unique_ptr<Store>> Open(std::unique_ptr<Engine> engine, Durability durability) {
    return Open(std::move(engine), StoreOptions{.durability = durability});
  }

  // Completes everything that waits. No Transact may run or follow.
  ~Store();

  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Runs `body` on a session, under the locks of the jobs that it looks at, and commits it; calls `done` when the
  // outcome is known and everything that the session tells of is written (Session::AllowUnwritten). The first run of
  // `body` is here and now, unless another call holds a lock that it needs; then it runs again on the thread that gives
  // the lock back. Neither `body` nor `done` may block. `done` is called here, or on the committer's thread.
  //
  // An error of `body` is passed to `done`, and nothing has changed. Errors of the commit: as Committer::Enqueue and
  // Engine::Write; after the latter it is unknown whether the change was made.
  //
  // `times` lives until `done` is called, and says by then where the time went. Null: nobody asks.
  void Transact(Body body, Done done, CallTimes* times = nullptr);

  // The same, for a thread that may block: returns the outcome.
  absl::Status TransactAndWait(Body body);

  // From now on until its removal, `observer` is told of every commit.
  void AddObserver(CommitObserver* observer) ABSL_LOCKS_EXCLUDED(observers_mutex_);
  // Returns when no call of the observer is in progress. Not to be called by an observer.
  void RemoveObserver(CommitObserver* observer) ABSL_LOCKS_EXCLUDED(observers_mutex_, telling_mutex_);

  // Rings when something that was committed is due (Session::ScanDue).
  DueAlarm& alarm() { return alarm_; }

  // Nothing is due before `time`, as far as the sweeper knows. Scans of what is due begin there.
  void SetNothingDueBefore(absl::Time time) { nothing_due_before_ = std::max<int64_t>(absl::ToUnixMicros(time), 0); }

  // By which things are due.
  const ServingClock& clock() const { return clock_; }

  // Why changes are refused; OK: they are not.
  absl::Status health() const { return committer_.health(); }

  // What the store has done since it was opened.
  CommitterStats committer_stats() const { return committer_.stats(); }
  JobCacheStats cache_stats() const { return cache_.stats(); }
  int64_t num_lost_races() const { return num_lost_races_; }  // Commits of held sessions that were refused for others.
  int64_t num_jobs() const { return committer_.num_jobs(); }
  // Sums over all jobs. Absent: they are not added up yet.
  std::optional<JobSums> job_sums() const { return census_.sums(); }

  // A session that is held open, on a snapshot of what is written now. It must end before the store does.
  Session Begin();

  // Begins such a session when nobody else has reserved any of these jobs, which need not exist, and nothing that
  // changes them is queued; until the reservation ends, no call of another changes them. Calls `done` here, or on
  // another thread, where it must not block.
  struct ReservedSession {
    Session session;
    Reservation reservation;
  };
  using OnReserved = absl::AnyInvocable<void(absl::StatusOr<ReservedSession>) &&>;
  void Reserve(std::vector<std::string> job_ids, OnReserved done);

  // Writes what such a session has made so far of a new job; the session goes on. Nobody sees it before the commit, and
  // it is collected if there is none. Calls `done` on the committer's thread, where it must not block. Returns an
  // error, and drops `done`, if nothing was queued: JOB_NOT_FETCHED, those of Committer::Enqueue.
  absl::Status WritePart(Session& session, absl::string_view job_id, Done done);

  // Commits such a session, once; calls `done` as Transact does. Ends its reservation, if it has one; at once, if the
  // session has looked at jobs that it does not cover. LOST_RACE: a job
  // that the session looked at was changed since it began, and nothing was changed. `session` lives until `done` is
  // called.
  void Commit(Session& session, Done done) { Commit(session, Reservation(), std::move(done)); }
  void Commit(Session& session, Reservation reservation, Done done);

 private:
  // A Transact or a Commit that is under way.
  struct Call {
    Body body;
    Done done;
    CallTimes* times = nullptr;  // Of a Transact. Null: nobody asks.
  };
  using ReadyCalls = JobCache::ReadyCalls;
  // What is to be told when a batch is written.
  using ObservedChanges = std::vector<std::pair<CommitObserver*, std::vector<JobChange>>>;

  // The store as it was found and opened.
  struct Opened {
    uint32_t incarnation = 0;
    int64_t num_jobs = 0;
    absl::Time serving_time;
  };

  Store(std::unique_ptr<Engine> engine, const Opened& opened, StoreOptions options);

  // Runs calls that have their locks, and those that get theirs by that.
  static void RunAll(ReadyCalls ready);
  void Unlock(const JobCache::Entries& locked, ReadyCalls& ready);
  void EndReservation(const JobCache::Entries& locked);
  // Runs the body of a Transact.
  void Run(const std::shared_ptr<Call>& call, JobCache::Entries locked, ReadyCalls& ready);
  // The same once it has all of these locks.
  void RunAgain(const std::shared_ptr<Call>& call, std::vector<std::string> names, ReadyCalls& ready);
  absl::Status CommitLocked(Session& session, const JobCache::Entries& locked, const std::shared_ptr<Call>& call);
  // Queues the changes of a session. On success, the outcome of the write is told to `call`, which may be null.
  absl::Status Enqueue(Session& session, const JobCache::Entries& locked, uint64_t generation,
                       std::shared_ptr<Call> call);
  absl::StatusOr<ObservedChanges> FindChanges(const Session& session) const ABSL_LOCKS_EXCLUDED(observers_mutex_);
  void Tell(const ObservedChanges& changes) ABSL_LOCKS_EXCLUDED(observers_mutex_, telling_mutex_);
  void OnReopened() ABSL_LOCKS_EXCLUDED(observers_mutex_, telling_mutex_);
  std::vector<CommitObserver*> observers() const ABSL_LOCKS_EXCLUDED(observers_mutex_);

  static absl::StatusOr<Opened> Inspect(const Snapshot& snapshot);

  const std::unique_ptr<Engine> engine_;
  const ServingClock clock_;
  std::atomic<int> num_running_ = 0;  // Threads that run calls.
  std::atomic<int64_t> num_lost_races_ = 0;
  std::atomic<int> num_reservations_ = 0;  // Also those that wait for their locks.
  std::atomic<int64_t> nothing_due_before_ = 0;
  mutable absl::Mutex observers_mutex_;
  std::vector<CommitObserver*> observers_ ABSL_GUARDED_BY(observers_mutex_);
  absl::Mutex telling_mutex_;  // Held by the committer's thread while it calls observers.
  UidSequence uids_;
  DueAlarm alarm_;
  JobCache cache_;
  Committer committer_;
  const Session::Parts parts_;
  Collector collector_;
  JobCensus census_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_STORE_H_
