#include "storage/commit_queue.h"

#include <utility>

#include "model/error.h"

namespace zeus::bso::storage {

void CommitQueue::Commit(Session& session, Done done) {
  Add({&session, std::move(done)});
  std::vector<Entry> losers;
  while (CommitBatch(losers) || !losers.empty()) {
    if (losers.empty()) continue;
    // One, whose next is committed before another one is told: they would lose to each other again.
    Entry loser = std::move(losers.front());
    losers.erase(losers.begin());
    Session* const next = loser.done(std::move(loser.outcome));
    if (next != nullptr) Add({next, std::move(loser.done)});
  }
}

bool CommitQueue::CommitBatch(std::vector<Entry>& losers) {
  std::vector<Entry> batch = Take();
  if (batch.empty()) return false;
  std::vector<Entry> untold;
  for (Entry& entry : batch) {
    entry.outcome = entry.session->Commit();
    if (HasReason(entry.outcome, Reason::kLostRace)) {
      losers.push_back(std::move(entry));
    } else if (telling_ == Telling::kAtOnce) {
      entry.done(std::move(entry.outcome));
    } else {
      untold.push_back(std::move(entry));
    }
  }
  Release();
  for (Entry& entry : untold) entry.done(std::move(entry.outcome));
  return true;
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
