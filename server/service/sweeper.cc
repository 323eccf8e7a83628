#include "server/service/sweeper.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "model/status_macros.h"
#include "server/service/zeus_service.h"
#include "spdlog/spdlog.h"

namespace zeus::bso {
namespace {

using storage::Due;
using storage::DueAnswer;
using storage::DueRelearning;
using storage::DueTrial;
using storage::Session;

// How many rows are read at a time.
constexpr size_t kPageSize = 256;

// How many trials are looked at in one batch. Their jobs wait for each other meanwhile, for some tenths of a
// millisecond.
constexpr size_t kLooksOfABatch = 64;

// When to see whether what was done has held, and to try again after an error.
constexpr absl::Duration kSecondLook = absl::Seconds(10);

// How often the store's clock is stored while something will be due. At first more often, so that it goes on though a
// server is killed again and again.
constexpr absl::Duration kStorePeriod = absl::Seconds(10);
constexpr absl::Duration kFirstStorePeriod = absl::Seconds(1);

void LogFailure(const absl::Status& status) {
  if (!status.ok()) spdlog::warn("doing what is due failed, trying again: {}", status.ToString());
}

// Looks at a trial that is due; false: it is overdue.
absl::StatusOr<bool> LookAtDueTrial(Session& session, const Due& due, ZeusService& service) {
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session.FetchDueTrial(due));
  if (trial != nullptr) return service.LookAt(*trial);
  ZB_RETURN_IF_ERROR(session.Forget(due));
  return true;
}

absl::Status DoInSession(Session& session, const Due& due, ZeusService& service) {
  if (std::holds_alternative<DueAnswer>(due.what)) return session.Forget(due);
  if (std::holds_alternative<DueRelearning>(due.what)) {
    ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchDueJob(due));
    return job == nullptr ? session.Forget(due) : absl::OkStatus();
  }
  ZB_ASSIGN_OR_RETURN(const bool alive, LookAtDueTrial(session, due, service));
  if (alive) return absl::OkStatus();
  return service
      .UpdateTrial(std::get<DueTrial>(due.what).key,
                   {.status = TrialStatus::kFailed, .failure = TrialFailure::kTimedOut})
      .status();
}

}  // namespace

Sweeper::Sweeper(storage::Store& store, std::function<Moment()> clock, const Limits& limits,
                 std::shared_ptr<Memory> memory, Relearn relearn)
    : store_(store),
      clock_(std::move(clock)),
      limits_(limits),
      memory_(std::move(memory)),
      relearn_(std::move(relearn)),
      thread_([this] { Run(); }) {}

Sweeper::~Sweeper() {
  store_.alarm().Stop(stopping_);
  thread_.join();
}

void Sweeper::Run() {
  const absl::Time start = clock_().serving;
  absl::Time stored = start;
  absl::Duration period;
  do {
    first_due_ = std::min(first_due_, store_.alarm().Clear());
    const Moment now = clock_();
    const absl::StatusOr<absl::Time> next = Sweep(now);
    LogFailure(next.status());
    store_.alarm().Set(next.value_or(now.serving + kSecondLook));
    period = now.serving - start < kStorePeriod ? kFirstStorePeriod : kStorePeriod;
    if (next.ok() && *next != absl::InfiniteFuture() && now.serving - stored >= period) {
      StoreTime(now.serving);
      stored = now.serving;
    }
  } while (store_.alarm().Wait(clock_().serving, period, stopping_));
}

absl::StatusOr<absl::Time> Sweeper::Sweep(const Moment& now) {
  std::string after;
  store_.SetNothingDueBefore(first_due_);
  absl::Time first_found = absl::InfiniteFuture();
  while (true) {
    std::vector<Due> page;
    absl::Time first_later;
    ZB_RETURN_IF_ERROR(store_.Begin().ScanDue(
        after, now.serving,
        [&](const Due& due) {
          page.push_back(due);
          return page.size() < kPageSize;
        },
        first_later));
    // What is done now may fail, and is looked for again.
    if (!page.empty()) first_found = std::min(first_found, page.front().time);
    std::vector<Due> trials;
    for (const Due& due : page) {
      if (std::holds_alternative<DueTrial>(due.what)) {
        trials.push_back(due);
        if (trials.size() == kLooksOfABatch) LookAt(std::exchange(trials, {}), now);
        continue;
      }
      if (const auto* const job = std::get_if<DueRelearning>(&due.what)) relearn_(job->job_id);
      Do(due, now);
    }
    if (!trials.empty()) LookAt(std::move(trials), now);
    if (page.size() < kPageSize) {
      first_due_ = std::min({first_found, first_later, now.serving});
      return first_later;
    }
    after = storage::DueRowKey(page.back());
  }
}

void Sweeper::LookAt(std::vector<Due> trials, const Moment& now) {
  std::vector<Due> overdue;
  const absl::Status outcome = store_.TransactAndWait([&](Session& session) -> absl::Status {
    overdue.clear();
    ZeusService service(session, now, limits_, memory_.get());
    for (const Due& due : trials) {
      ZB_ASSIGN_OR_RETURN(const bool alive, LookAtDueTrial(session, due, service));
      if (!alive) overdue.push_back(due);
    }
    return absl::OkStatus();
  });
  // One that cannot be read does not keep the others.
  if (!outcome.ok()) overdue = std::move(trials);
  for (const Due& due : overdue) Do(due, now);
}

void Sweeper::Do(const Due& due, const Moment& now) {
  // Both may run on another thread, and after the sweeper has stopped.
  store_.Transact(
      [due, now, limits = limits_, memory = memory_](Session& session) -> absl::Status {
        ZeusService service(session, now, limits, memory.get());
        return DoInSession(session, due, service);
      },
      [&alarm = store_.alarm(), now](const absl::Status& status) {
        LogFailure(status);
        alarm.Set(now.serving + kSecondLook);
      });
}

void Sweeper::StoreTime(absl::Time now) {
  store_.Transact(
      [now](Session& session) {
        session.PutServingTime(now);
        return absl::OkStatus();
      },
      LogFailure);
}

}  // namespace zeus::bso
