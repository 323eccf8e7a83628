#include "server/service/sweeper.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "model/status_macros.h"
#include "server/service/zeus_service.h"
#include "spdlog/spdlog.h"

namespace zeus::bso {
namespace {

using storage::Due;
using storage::Session;

// How many rows are read at a time.
constexpr size_t kPageSize = 256;

// When to see whether what was done has held, and to try again after an error.
constexpr absl::Duration kSecondLook = absl::Seconds(10);

// Clocks are set, so none is trusted for longer.
constexpr absl::Duration kLongestWait = absl::Minutes(1);

void LogFailure(const absl::Status& status) {
  if (!status.ok()) spdlog::warn("doing what is due failed, trying again: {}", status.ToString());
}

// A trial that is due ends, unless it has time left: then answers until when.
absl::StatusOr<absl::Time> EndDueTrial(Session& session, const Due& due, absl::Time now, const Limits& limits,
                                       Memory& memory) {
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session.FetchDueTrial(due));
  if (trial == nullptr) {
    ZB_RETURN_IF_ERROR(session.Forget(due));
    return absl::InfiniteFuture();
  }
  ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchedJob(trial->job_id));
  const absl::Time end = limits.timeouts.EndOf(job->spec, *trial);
  if (end > now) return end;
  ZeusService service(session, now, limits, &memory);
  ZB_RETURN_IF_ERROR(service
                         .UpdateTrial(std::get<storage::DueTrial>(due.what).key,
                                      {.status = TrialStatus::kFailed, .failure = TrialFailure::kTimedOut})
                         .status());
  return now + kSecondLook;
}

}  // namespace

Sweeper::Sweeper(storage::Store& store, std::function<absl::Time()> clock, const Limits& limits,
                 std::shared_ptr<Memory> memory)
    : store_(store), clock_(std::move(clock)), limits_(limits), memory_(std::move(memory)), thread_([this] {
        Run();
      }) {}

Sweeper::~Sweeper() {
  store_.alarm().Stop(stopping_);
  thread_.join();
}

void Sweeper::Run() {
  do {
    store_.alarm().Clear();
    const absl::Time now = clock_();
    const absl::StatusOr<absl::Time> next = Sweep(now);
    LogFailure(next.status());
    store_.alarm().Set(next.value_or(now + kSecondLook));
  } while (store_.alarm().Wait(clock_(), kLongestWait, stopping_));
}

absl::StatusOr<absl::Time> Sweeper::Sweep(absl::Time now) {
  std::string after;
  while (true) {
    std::vector<Due> page;
    absl::Time first_later;
    ZB_RETURN_IF_ERROR(store_.Begin().ScanDue(
        after, now,
        [&](const Due& due) {
          page.push_back(due);
          return page.size() < kPageSize;
        },
        first_later));
    for (const Due& due : page) Do(due, now);
    if (page.size() < kPageSize) return first_later;
    after = storage::DueRowKey(page.back());
  }
}

void Sweeper::Do(const Due& due, absl::Time now) {
  // Both may run on another thread, and after the sweeper has stopped.
  store_.Transact(
      [&alarm = store_.alarm(), due, now, limits = limits_, memory = memory_](Session& session) -> absl::Status {
        if (std::holds_alternative<storage::DueAnswer>(due.what)) return session.Forget(due);
        ZB_ASSIGN_OR_RETURN(const absl::Time look_again, EndDueTrial(session, due, now, limits, *memory));
        alarm.Set(look_again);
        return absl::OkStatus();
      },
      [&alarm = store_.alarm(), now](const absl::Status& status) {
        LogFailure(status);
        if (!status.ok()) alarm.Set(now + kSecondLook);
      });
}

}  // namespace zeus::bso
