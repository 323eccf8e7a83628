// One commit at a time, and nobody waits for another: who finds somebody committing leaves its own commit to them
// ("flat combining": Hendler, Incze, Shavit and Tzafrir, SPAA 2010). Threads that meet in the engine instead would put
// each other to sleep, which costs more than a commit.
#ifndef ZEUS_BSO_STORAGE_COMMIT_QUEUE_H_
#define ZEUS_BSO_STORAGE_COMMIT_QUEUE_H_

#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/functional/any_invocable.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "storage/session.h"

namespace zeus::bso::storage {

// Thread-safe.
class CommitQueue {
 public:
  // Told the outcome of a commit. Returns what is to be committed next in the place of it, after a lost race, of which
  // it is told as well; else null, and is not called again. It must not block.
  using Done = absl::AnyInvocable<Session*(absl::Status)>;

  // When who has not lost a race is told so.
  enum class Telling {
    kAtOnce,     // Before the next commit, so that it waits for no other. For what is quick to tell.
    kAfterwards  // When others can commit.
  };

  explicit CommitQueue(Telling telling) : telling_(telling) {}

  // Commits `session`, which is ready to be committed, and what `done` returns: here, unless another thread is
  // committing, which then does both. A session lives until `done` is called with its outcome.
  //
  // `done` is told of a lost race when others can commit: what it does then may take its time, and may call this.
  void Commit(Session& session, Done done) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct Entry {
    Session* session;
    Done done;
    absl::Status outcome = absl::OkStatus();
  };

  // Commits all that wait, and tells those that have not lost a race; the others join `losers`. False: nobody waits, or
  // another thread is committing.
  bool CommitBatch(std::vector<Entry>& losers) ABSL_LOCKS_EXCLUDED(mutex_);

  // All that wait, when nobody is committing: from then on this thread is.
  std::vector<Entry> Take() ABSL_LOCKS_EXCLUDED(mutex_);

  // Lets others commit.
  void Release() ABSL_LOCKS_EXCLUDED(mutex_);

  void Add(Entry entry) ABSL_LOCKS_EXCLUDED(mutex_);

  const Telling telling_;
  absl::Mutex mutex_;
  std::vector<Entry> waiting_ ABSL_GUARDED_BY(mutex_);
  bool committing_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_COMMIT_QUEUE_H_
