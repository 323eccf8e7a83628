#include "storage/commit_queue.h"

#include <utility>

#include "server/model/error.h"

namespace zeus::bso::storage {

void CommitQueue::Commit(Session& session, Done done) {
  Add({&session, std::move(done)});
  for (std::vector<Entry> batch = Take(); !batch.empty(); batch = Take()) {
    std::vector<Entry> untold;
    for (Entry& entry : batch) {
      entry.outcome = entry.session->Commit();
      if (telling_ == Telling::kAtOnce && !HasReason(entry.outcome, Reason::kLostRace)) {
        entry.done(std::move(entry.outcome));
      } else {
        untold.push_back(std::move(entry));
      }
    }
    Release();
    for (Entry& entry : untold) {
      Session* const next = entry.done(std::move(entry.outcome));
      if (next != nullptr) Add({next, std::move(entry.done)});
    }
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

void CommitQueue::Release() {
  absl::MutexLock lock(&mutex_);
  committing_ = false;
}

void CommitQueue::Add(Entry entry) {
  absl::MutexLock lock(&mutex_);
  waiting_.push_back(std::move(entry));
}

}  // namespace zeus::bso::storage
