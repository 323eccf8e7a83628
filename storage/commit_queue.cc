#include "storage/commit_queue.h"

#include <utility>

#include "server/model/error.h"

namespace zeus::bso::storage {

void CommitQueue::Commit(Session& session, Done done) {
  {
    absl::MutexLock lock(&mutex_);
    waiting_.push_back({&session, std::move(done)});
  }
  for (std::vector<Entry> batch = Take(); !batch.empty(); batch = Take()) {
    std::vector<Entry> untold;
    for (Entry& entry : batch) {
      entry.outcome = entry.session->Commit();
      if (telling_ == Telling::kAtOnce && !HasReason(entry.outcome, Reason::kLostRace)) {
        std::move(entry.done)(std::move(entry.outcome));
      } else {
        untold.push_back(std::move(entry));
      }
    }
    {
      absl::MutexLock lock(&mutex_);
      committing_ = false;
    }
    for (Entry& entry : untold) std::move(entry.done)(std::move(entry.outcome));
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
