#include "storage/commit_queue.h"

#include <utility>

namespace zeus::bso::storage {

void CommitQueue::Commit(Session& session, Done done) {
  {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back({&session, std::move(done)});
  }
  for (std::vector<Entry> batch = Take(); !batch.empty(); batch = Take()) {
    for (Entry& entry : batch) entry.outcome = entry.session->Commit();
    {
      // Before the outcomes are told, so that who is told can commit something else.
      absl::MutexLock lock(&mutex_);
      committing_ = false;
    }
    for (Entry& entry : batch) std::move(entry.done)(std::move(entry.outcome));
  }
}

std::vector<CommitQueue::Entry> CommitQueue::Take() {
  std::vector<Entry> batch;
  absl::MutexLock lock(&mutex_);
  if (committing_) return batch;
  batch.swap(waiting_);
  committing_ = !batch.empty();
  return batch;
}

}  // namespace zeus::bso::storage
