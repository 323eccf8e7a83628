// Sessions that reserve the jobs that they change.
#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/synchronization/notification.h"
#include "catch2/catch.hpp"
#include "model/status_macros.h"
#include "storage/store.h"
#include "tests/storage/session_fixture.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_store.h"

namespace zeus::bso::storage {
namespace {

using testing::FailsWith;
using testing::IsOk;
using testing::Value;

// A call that was begun, and how it ended.
struct Begun {
  absl::Notification done;
  absl::Status status;

  bool has_ended() const { return done.HasBeenNotified(); }
  absl::Status Wait() const {
    done.WaitForNotification();
    return status;
  }
};

// A session with its reservation that was asked for.
struct Reserving {
  absl::Notification done;
  std::optional<Store::ReservedSession> session;

  bool has_ended() const { return done.HasBeenNotified(); }
  Store::ReservedSession Wait() {
    done.WaitForNotification();
    return *std::exchange(session, std::nullopt);
  }
};

class ReservationFixture {
 public:
  ReservationFixture() {
    for (const char* const job_id : {"a", "b"}) {
      REQUIRE_THAT(store_.Transact([&](Session& session) { return session.InsertJob(JobOf(job_id)); }), IsOk());
    }
  }

  static Job JobOf(const std::string& job_id) {
    Job job;
    job.spec.job_id = job_id;
    job.spec.batch_sizes = {32};
    job.spec.default_batch_size = 32;
    return job;
  }

  std::shared_ptr<Reserving> BeginReserving(std::vector<std::string> job_ids) {
    auto reserving = std::make_shared<Reserving>();
    store().Reserve(std::move(job_ids), [reserving](absl::StatusOr<Store::ReservedSession> session) {
      reserving->session.emplace(*std::move(session));
      reserving->done.Notify();
    });
    return reserving;
  }

  Store::ReservedSession Reserve(std::vector<std::string> job_ids) {
    return BeginReserving(std::move(job_ids))->Wait();
  }

  std::shared_ptr<Begun> Begin(Store::Body body) {
    auto begun = std::make_shared<Begun>();
    store().Transact(std::move(body), [begun](absl::Status status) {
      begun->status = std::move(status);
      begun->done.Notify();
    });
    return begun;
  }

  static absl::Status StartTrial(Session& session, const std::string& job_id) {
    ZB_RETURN_IF_ERROR(session.FetchJob(job_id).status());
    return session.InsertTrial(job_id, {.batch_size = 32, .type = TrialType::kMab, .time = kStart}).status();
  }

  std::shared_ptr<Begun> BeginTrial(const std::string& job_id) {
    return Begin([job_id](Session& session) { return StartTrial(session, job_id); });
  }

  absl::Status Commit(Store::ReservedSession& reserved) {
    absl::Notification done;
    absl::Status outcome;
    store().Commit(reserved.session, std::move(reserved.reservation), [&](absl::Status status) {
      outcome = std::move(status);
      done.Notify();
    });
    done.WaitForNotification();
    return outcome;
  }

  int64_t NumTrials(const std::string& job_id) {
    Session session = store().Begin();
    Value(session.FetchJob(job_id));
    return Value(session.LastTrialNumber(job_id));
  }

  Store& store() { return store_.store(); }

 private:
  testing::TestStore store_;
};

TEST_CASE_METHOD(ReservationFixture,
                 "What would change a reserved job waits for the session to end, and the rest does not") {
  Store::ReservedSession reserved = Reserve({"a", "none"});
  const auto start = BeginTrial("a");
  const auto remove = Begin([](Session& session) { return session.DeleteJob("a").status(); });
  const auto insert = Begin([](Session& session) { return session.InsertJob(JobOf("none")); });
  const auto read = Begin([](Session& session) { return session.FetchJob("a").status(); });
  CHECK_THAT(read->Wait(), IsOk());
  CHECK_THAT(BeginTrial("b")->Wait(), IsOk());
  CHECK_FALSE(start->has_ended());
  CHECK_FALSE(remove->has_ended());
  CHECK_FALSE(insert->has_ended());
  SECTION("by its commit") {
    CHECK_THAT(StartTrial(reserved.session, "a"), IsOk());
    CHECK_THAT(Commit(reserved), IsOk());
    CHECK_THAT(start->Wait(), IsOk());
    CHECK_THAT(remove->Wait(), IsOk());
  }
  SECTION("without one") {
    reserved.reservation = Reservation();
    CHECK_THAT(start->Wait(), IsOk());
    CHECK_THAT(remove->Wait(), IsOk());
    // It goes on as any other session, and loses the race.
    CHECK_THAT(StartTrial(reserved.session, "a"), IsOk());
    CHECK_THAT(Commit(reserved), FailsWith(Reason::kLostRace));
  }
  CHECK_THAT(insert->Wait(), IsOk());
}

TEST_CASE_METHOD(ReservationFixture, "The session sees all that was done before it") {
  std::vector<std::shared_ptr<Begun>> begun;
  for (int i = 0; i < 100; ++i) begun.push_back(BeginTrial("a"));
  Store::ReservedSession reserved = Reserve({"a"});
  Value(reserved.session.FetchJob("a"));
  CHECK(Value(reserved.session.LastTrialNumber("a")) == 100);
  CHECK_THAT(StartTrial(reserved.session, "a"), IsOk());
  CHECK_THAT(Commit(reserved), IsOk());
}

TEST_CASE_METHOD(ReservationFixture, "Sessions that reserve the same job come one after the other") {
  Store::ReservedSession first = Reserve({"a", "b"});
  const auto second = BeginReserving({"b"});
  const auto other_session = std::make_shared<Session>(store().Begin());
  CHECK_THAT(StartTrial(*other_session, "a"), IsOk());
  auto unreserved = std::make_shared<Begun>();
  store().Commit(*other_session, [unreserved, other_session](absl::Status status) {
    unreserved->status = std::move(status);
    unreserved->done.Notify();
  });
  CHECK_FALSE(second->has_ended());
  CHECK_FALSE(unreserved->has_ended());
  CHECK_THAT(StartTrial(first.session, "a"), IsOk());
  CHECK_THAT(Commit(first), IsOk());
  CHECK_THAT(unreserved->Wait(), FailsWith(Reason::kLostRace));
  second->Wait();
}

TEST_CASE_METHOD(ReservationFixture, "Two that want what the other has reserved do not wait for ever") {
  Store::ReservedSession a = Reserve({"a"});
  Store::ReservedSession b = Reserve({"b"});
  for (auto* const reserved : {&a, &b}) {
    CHECK_THAT(StartTrial(reserved->session, "a"), IsOk());
    CHECK_THAT(StartTrial(reserved->session, "b"), IsOk());
  }
  Begun outcomes[2];
  const auto commit = [&](Store::ReservedSession& reserved, Begun& outcome) {
    store().Commit(reserved.session, std::move(reserved.reservation), [&](absl::Status status) {
      outcome.status = std::move(status);
      outcome.done.Notify();
    });
  };
  commit(a, outcomes[0]);
  commit(b, outcomes[1]);
  CHECK_THAT(outcomes[0].Wait(), IsOk());
  CHECK_THAT(outcomes[1].Wait(), FailsWith(Reason::kLostRace));
}

TEST_CASE_METHOD(ReservationFixture, "Among busy trainers each reserved session commits at its first attempt") {
  std::atomic<bool> stopping = false;
  std::atomic<int64_t> num_started = 0;
  std::vector<std::thread> trainers;
  for (int i = 0; i < 8; ++i) {
    trainers.emplace_back([&] {
      while (!stopping) {
        if (BeginTrial("a")->Wait().ok()) ++num_started;
      }
    });
  }
  constexpr int kSessions = 100;
  int num_committed = 0;
  for (int i = 0; i < kSessions; ++i) {
    Store::ReservedSession reserved = Reserve({"a"});
    if (!StartTrial(reserved.session, "a").ok()) break;
    num_committed += Commit(reserved).ok() ? 1 : 0;
  }
  stopping = true;
  for (std::thread& trainer : trainers) trainer.join();
  CHECK(num_committed == kSessions);
  CHECK(NumTrials("a") == num_started + kSessions);
}

}  // namespace
}  // namespace zeus::bso::storage
