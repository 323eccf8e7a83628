#include "storage/durability_gate.h"

#include <algorithm>
#include <utility>

namespace zeus::bso::storage {

DurabilityGate::DurabilityGate(Engine& engine) : engine_(engine), thread_([this] { Run(); }) {}

DurabilityGate::~DurabilityGate() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void DurabilityGate::Wait(Done done) {
  {
    absl::MutexLock lock(&mutex_);
    if (engine_.CommitPosition() > synced_position_) {
      waiting_.push_back(std::move(done));
      return;
    }
  }
  std::move(done)(absl::OkStatus());
}

void DurabilityGate::Run() {
  while (true) {
    std::vector<Done> batch;
    {
      absl::MutexLock lock(&mutex_);
      mutex_.Await(absl::Condition(this, &DurabilityGate::HasWork));
      if (waiting_.empty()) return;
      batch.swap(waiting_);
    }
    const uint64_t position = engine_.CommitPosition();
    const absl::Status status = engine_.Sync();
    if (status.ok()) {
      absl::MutexLock lock(&mutex_);
      synced_position_ = std::max(synced_position_, position);
    }
    for (Done& done : batch) std::move(done)(status);
  }
}

}  // namespace zeus::bso::storage
