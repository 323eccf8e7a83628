#include "storage/durability_gate.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/time/clock.h"

namespace zeus::bso::storage {
namespace {

using Clock = std::chrono::steady_clock;

// The gate gives others the time of one sync to come, and looks so many times meanwhile whether they have. On a disk
// that is slow it does not wait that long: who calls is not to wait for others noticeably.
constexpr int kPauses = 2;
constexpr absl::Duration kMaxPause = absl::Milliseconds(1);

}  // namespace

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
    std::vector<Done> batch = AwaitBatch();
    if (batch.empty()) return;
    const uint64_t position = engine_.CommitPosition();
    const Clock::time_point start = Clock::now();
    const absl::Status status = engine_.Sync();
    last_sync_time_ = absl::FromChrono(Clock::now() - start);
    if (status.ok()) {
      absl::MutexLock lock(&mutex_);
      synced_position_ = std::max(synced_position_, position);
    }
    for (Done& done : batch) std::move(done)(status);
  }
}

std::vector<DurabilityGate::Done> DurabilityGate::AwaitBatch() {
  { absl::MutexLock wait_for_work(&mutex_, absl::Condition(this, &DurabilityGate::HasWork)); }
  const absl::Duration pause = std::min(last_sync_time_ / kPauses, kMaxPause);
  for (int i = 0; i < kPauses && ExpectsMore(); ++i) absl::SleepFor(pause);
  std::vector<Done> batch;
  {
    absl::MutexLock lock(&mutex_);
    batch.swap(waiting_);
  }
  last_batch_size_ = batch.size();
  return batch;
}

bool DurabilityGate::ExpectsMore() const {
  absl::MutexLock lock(&mutex_);
  return !stopping_ && waiting_.size() < last_batch_size_;
}

}  // namespace zeus::bso::storage
