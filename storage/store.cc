#include "storage/store.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/random/random.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "spdlog/spdlog.h"
#include "storage/schema.h"

namespace zeus::bso::storage {
namespace {

constexpr int kMaxAttempts = 100;

// Retries without a wait: by then the winner is done, as commits take microseconds and wait for no disk.
constexpr int kImmediateRetries = 2;

// After these a body reads at a snapshot, so that one that only reads can lose no more races.
constexpr int kOptimisticAttempts = 3;

// Bounds the random wait of a later retry: it runs on a handler's thread, which must not be held up for long.
constexpr absl::Duration kMaxRetryWait = absl::Microseconds(50);

void WaitBeforeRetry(int attempt) {
  if (attempt <= kImmediateRetries) return;
  thread_local absl::InsecureBitGen jitter;
  absl::SleepFor(kMaxRetryWait * absl::Uniform(jitter, 0.0, 1.0));
}

bool MayTryAgain(const absl::Status& status, int attempts) {
  return HasReason(status, Reason::kLostRace) && attempts < kMaxAttempts;
}

// Checks the schema version, and writes the present one into an empty or older store: what it lacks is made up as it is
// needed.
absl::Status PrepareSchema(Transaction& transaction) {
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> version,
                      transaction.GetForUpdate(Table::kMeta, kSchemaVersionKey));
  if (version.has_value()) ZB_RETURN_IF_ERROR(CheckSchemaVersion(*version));
  return transaction.Put(Table::kMeta, kSchemaVersionKey, absl::StrCat(kSchemaVersion));
}

// One more than the last server's; see UidSequence.
absl::StatusOr<uint32_t> TakeIncarnation(Transaction& transaction) {
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> last, transaction.GetForUpdate(Table::kMeta, kIncarnationKey));
  ZB_ASSIGN_OR_RETURN(const uint32_t incarnation, NextIncarnation(last.value_or("0")));
  ZB_RETURN_IF_ERROR(transaction.Put(Table::kMeta, kIncarnationKey, absl::StrCat(incarnation)));
  return incarnation;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Store>> Store::Open(std::unique_ptr<Engine> engine, Durability durability) {
  const std::unique_ptr<Transaction> transaction = engine->Begin(Isolation::kSnapshot);
  ZB_RETURN_IF_ERROR(PrepareSchema(*transaction));
  ZB_ASSIGN_OR_RETURN(const uint32_t incarnation, TakeIncarnation(*transaction));
  ZB_ASSIGN_OR_RETURN(const std::optional<int64_t> num_jobs, JobCount::FindNote(*transaction, incarnation - 1));
  ZB_RETURN_IF_ERROR(transaction->Commit());
  ZB_RETURN_IF_ERROR(engine->Sync());
  return std::unique_ptr<Store>(new Store(std::move(engine), incarnation, num_jobs, durability));
}

Store::Store(std::unique_ptr<Engine> engine, uint32_t incarnation, std::optional<int64_t> num_jobs,
             Durability durability)
    : engine_(std::move(engine)),
      incarnation_(incarnation),
      durability_(durability),
      uids_(incarnation),
      jobs_(*engine_, num_jobs),
      parts_{.engine = *engine_, .uids = uids_, .decoded_jobs = decoded_jobs_, .jobs = jobs_, .alarm = alarm_},
      // With kSync to tell is to join those who wait at the gate, with kAsync it is to answer.
      commits_(durability == Durability::kSync ? CommitQueue::Telling::kAtOnce : CommitQueue::Telling::kAfterwards),
      collector_(*engine_),
      gate_(*engine_) {}

Store::~Store() {
  if (const absl::Status status = NoteJobCount(); !status.ok()) {
    spdlog::warn("the next start has to count the jobs: {}", status.ToString());
  }
  if (const absl::Status status = engine_->Sync(); !status.ok()) {
    spdlog::error("the last sync of the store failed: {}", status.ToString());
  }
}

absl::Status Store::NoteJobCount() {
  const std::unique_ptr<Transaction> transaction = engine_->Begin(Isolation::kSnapshot);
  ZB_RETURN_IF_ERROR(jobs_.Note(*transaction, incarnation_));
  return transaction->Commit();
}

struct Store::Call {
  Body body;
  Done done;
  int attempts = 0;
  std::optional<Session> session = std::nullopt;  // Of the last attempt.
};

void Store::Transact(Body body, Done done) {
  auto call = std::make_unique<Call>(Call{.body = std::move(body), .done = std::move(done)});
  Session* const session = Run(*call);
  if (session == nullptr) return;
  commits_.Commit(*session, [this, call = std::move(call)](absl::Status outcome) -> Session* {
    if (MayTryAgain(outcome, call->attempts)) return Run(*call);
    Answer(*call->session, std::move(outcome), std::move(call->done));
    return nullptr;
  });
}

Session* Store::Run(Call& call) {
  absl::Status status;
  do {
    WaitBeforeRetry(call.attempts);
    ++call.attempts;
    Session& session = call.session.emplace(
        parts_, call.attempts <= kOptimisticAttempts ? Isolation::kOptimistic : Isolation::kSnapshot);
    status = call.body(session);
    if (status.ok() && session.has_changes()) return &session;
  } while (MayTryAgain(status, call.attempts));
  Answer(*call.session, std::move(status), std::move(call.done));
  return nullptr;
}

void Store::AddObserver(CommitObserver* observer) {
  absl::MutexLock lock(&observers_mutex_);
  observers_.push_back(observer);
}

void Store::RemoveObserver(CommitObserver* observer) {
  absl::MutexLock lock(&observers_mutex_);
  std::erase(observers_, observer);
}

std::unique_ptr<Session> Store::Begin() {
  auto session = std::make_unique<Session>(parts_, Isolation::kSnapshot);
  engine_->HandOver().IgnoreError();  // Of what it will show, as for the answer of a read.
  return session;
}

void Store::Commit(Session& session, Done done) {
  commits_.Commit(session, [this, &session, done = std::move(done)](absl::Status outcome) mutable -> Session* {
    Answer(session, std::move(outcome), std::move(done));
    return nullptr;
  });
}

void Store::Answer(const Session& session, absl::Status outcome, Done done) {
  if (!outcome.ok()) return std::move(done)(std::move(outcome));
  if (session.has_garbage()) {
    // After the answer, which would otherwise wait for the collector's first writes to be synced too.
    done = [this, done = std::move(done)](absl::Status status) mutable {
      std::move(done)(std::move(status));
      collector_.Notify();
    };
  }
  if (session.has_changes()) {
    absl::ReaderMutexLock lock(&observers_mutex_);
    for (CommitObserver* const observer : observers_) session.ReportChanges(*observer);
  }
  if (session.needs_durability() && durability_ == Durability::kSync) return gate_.Wait(std::move(done));
  // What others changed last may have been read, so it is handed over for an answer that only reads too. But that is
  // given in any case, as it promises nothing.
  absl::Status handed_over = engine_->HandOver();
  std::move(done)(session.needs_durability() ? std::move(handed_over) : absl::OkStatus());
}

}  // namespace zeus::bso::storage
