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
    std::vector<Entry> lost;
    for (Entry& entry : batch) {
      absl::Status outcome = entry.session->Commit();
      if (HasReason(outcome, Reason::kLostRace)) {
        lost.push_back(std::move(entry));
        lost.back().outcome = std::move(outcome);
      } else {
        std::move(entry.done)(std::move(outcome));
      }
    }
    {
      absl::MutexLock lock(&mutex_);
      committing_ = false;
    }
    for (Entry& entry : lost) std::move(entry.done)(std::move(entry.outcome));
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
