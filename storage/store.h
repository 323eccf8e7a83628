// A store that is open: the one place that begins, commits and retries sessions.
#ifndef ZEUS_BSO_STORAGE_STORE_H_
#define ZEUS_BSO_STORAGE_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "storage/collector.h"
#include "storage/commit_queue.h"
#include "storage/decoded_jobs.h"
#include "storage/due_alarm.h"
#include "storage/durability_gate.h"
#include "storage/engine.h"
#include "storage/job_change.h"
#include "storage/job_count.h"
#include "storage/session.h"
#include "storage/uid_sequence.h"

namespace zeus::bso::storage {

// When a change is answered.
enum class Durability {
  kSync,   // When it is on the disk: it survives a crash of the machine.
  kAsync,  // When it is visible: it survives a crash of the server; one of the machine may lose the last seconds.
};

// Thread-safe.
class Store {
 public:
  // What a session is to do. It may run again, on a new session, so it must have no effect that a second run does not
  // overwrite.
  using Body = std::function<absl::Status(Session&)>;
  using Done = DurabilityGate::Done;

  // Opens the store that `engine` holds, or makes an empty one; takes the next incarnation. STORE_REFUSED when it is of
  // a newer schema.
  static absl::StatusOr<std::unique_ptr<Store>> Open(std::unique_ptr<Engine> engine, Durability durability);

  // Completes everything that waits, notes how many jobs there are, and syncs. No Transact may run or follow.
  ~Store();

  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  // Runs `body` on a session and commits it; calls `done` once the outcome is known and, where the session asks for it
  // (Session::needs_durability), on the disk. The first run of `body` is here and now; what follows, runs again
  // included, may be left to another thread. Neither `body` nor `done` may block. Where `body` changes nothing, all of
  // it is done on return, but for the wait for the disk.
  //
  // An error of `body` is passed to `done`, and nothing has changed. A lost race runs `body` again, after a short
  // random wait from the third time on; when too many were lost the error is LOST_RACE, and nothing has changed.
  // STORAGE_* errors of the commit or the sync leave it unknown whether the change was made.
  void Transact(Body body, Done done);

  // From now on until its removal, `observer` is told of every commit.
  void AddObserver(CommitObserver* observer) ABSL_LOCKS_EXCLUDED(observers_mutex_);
  void RemoveObserver(CommitObserver* observer) ABSL_LOCKS_EXCLUDED(observers_mutex_);

  // Rings when something that was committed is due (Session::ScanDue).
  DueAlarm& alarm() { return alarm_; }

  // A session to be held open. It must end before the store does.
  std::unique_ptr<Session> Begin();

  // Commits such a session, once; calls `done` as Transact does. A lost race is LOST_RACE at once. `session` lives
  // until `done` is called.
  void Commit(Session& session, Done done);

 private:
  // A Transact that is under way.
  struct Call;

  // `num_jobs`: as for JobCount.
  Store(std::unique_ptr<Engine> engine, uint32_t incarnation, std::optional<int64_t> num_jobs, Durability durability);

  absl::Status NoteJobCount();

  // Runs the body of `call`, again where it must. Returns the session that is to be committed; null when there is
  // nothing to commit, and the call was answered.
  Session* Run(Call& call);

  // Calls `done` with the outcome of a commit, when it may be told.
  void Answer(const Session& session, absl::Status outcome, Done done);

  const std::unique_ptr<Engine> engine_;
  const uint32_t incarnation_;
  const Durability durability_;
  absl::Mutex observers_mutex_;
  std::vector<CommitObserver*> observers_ ABSL_GUARDED_BY(observers_mutex_);
  UidSequence uids_;
  DecodedJobs decoded_jobs_;
  JobCount jobs_;
  DueAlarm alarm_;
  const Session::Parts parts_;
  CommitQueue commits_;
  Collector collector_;
  DurabilityGate gate_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_STORE_H_
