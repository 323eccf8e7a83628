#include "server/api/streams/job_event_queue.h"

#include <cstdint>
#include <string>
#include <vector>

#include "catch2/catch.hpp"

namespace zeus::bso::api {
namespace {

constexpr uint64_t kUid = 7;

storage::JobChange Started(int64_t revision, uint64_t uid = kUid) {
  storage::JobChange change;
  change.job_id = "job";
  change.uid = uid;
  change.revision = revision;
  Trial trial;
  trial.job_id = "job";
  trial.trial_number = revision;
  change.trials_started.push_back(trial);
  return change;
}

// The revisions of all events that are there.
std::vector<int64_t> Drain(JobEventQueue& queue) {
  std::vector<int64_t> revisions;
  while (const auto event = queue.Pop()) {
    CHECK(event->job_uid() == kUid);
    revisions.push_back(event->revision());
  }
  return revisions;
}

JobEventQueue QueueAt(int64_t revision, size_t max_events = 10) {
  JobEventQueue queue(max_events);
  queue.PrepareBase();
  REQUIRE(queue.SetBase(kUid, revision));
  return queue;
}

}  // namespace

TEST_CASE("Changes are passed on in order, however they come") {
  JobEventQueue queue = QueueAt(1);
  queue.Push(Started(3));
  queue.Push(Started(4));
  CHECK(Drain(queue).empty());
  queue.Push(Started(2));
  CHECK(Drain(queue) == std::vector<int64_t>{2, 3, 4});
}

TEST_CASE("Changes that come before the base is known are passed on after it") {
  JobEventQueue queue(10);
  queue.PrepareBase();
  queue.Push(Started(5));
  queue.Push(Started(6));
  CHECK(queue.needs_base());
  CHECK(Drain(queue).empty());
  REQUIRE(queue.SetBase(kUid, 5));
  CHECK_FALSE(queue.needs_base());
  CHECK(Drain(queue) == std::vector<int64_t>{6});
}

TEST_CASE("A change that the base includes is not passed on") {
  JobEventQueue queue = QueueAt(5);
  queue.Push(Started(5));
  queue.Push(Started(4));
  CHECK(Drain(queue).empty());
  CHECK_FALSE(queue.needs_base());
}

TEST_CASE("All of one commit bears one revision, trials before arms") {
  JobEventQueue queue = QueueAt(1);
  storage::JobChange change = Started(2);
  change.trials_ended = change.trials_started;
  change.stage_changed = Stage::kMab;
  change.arms_refit.push_back({.batch_size = 16});
  change.deleted = true;
  queue.Push(change);
  std::vector<v1::JobEvent::EventCase> kinds;
  while (const auto event = queue.Pop()) {
    CHECK(event->revision() == 2);
    kinds.push_back(event->event_case());
  }
  CHECK(kinds == std::vector<v1::JobEvent::EventCase>{v1::JobEvent::kTrialStarted, v1::JobEvent::kTrialEnded,
                                                      v1::JobEvent::kStageChanged, v1::JobEvent::kArmRefit,
                                                      v1::JobEvent::kJobDeleted});
}

TEST_CASE("A queue that would hold too many events drops them all and needs a new base") {
  JobEventQueue queue = QueueAt(1, 3);
  for (int64_t revision = 2; revision <= 4; ++revision) queue.Push(Started(revision));
  CHECK_FALSE(queue.needs_base());
  queue.Push(Started(5));
  CHECK(queue.needs_base());
  CHECK(Drain(queue).empty());

  queue.PrepareBase();
  queue.Push(Started(6));
  REQUIRE(queue.SetBase(kUid, 5));
  CHECK(Drain(queue) == std::vector<int64_t>{6});
}

TEST_CASE("A gap that does not close drops everything too") {
  JobEventQueue queue = QueueAt(1, 3);
  for (int64_t revision = 3; revision <= 6; ++revision) queue.Push(Started(revision));
  CHECK(queue.needs_base());
}

// A change of thousands of trials counted as one, so that a watcher that does not read held 256 of them.
TEST_CASE("What is held is bounded by its events, however few changes they are of") {
  JobEventQueue queue(10);
  queue.PrepareBase();
  storage::JobChange change = Started(2);
  change.trials_started.resize(6, change.trials_started.front());
  queue.Push(change);
  change.revision = 3;
  queue.Push(change);
  CHECK_FALSE(queue.SetBase(kUid, 1));
  queue.PrepareBase();
  change.revision = 4;
  queue.Push(change);
  REQUIRE(queue.SetBase(kUid, 3));
  CHECK(Drain(queue) == std::vector<int64_t>(6, 4));
}

TEST_CASE("A base that was read before changes were dropped is refused") {
  JobEventQueue queue(2);
  queue.PrepareBase();
  for (int64_t revision = 2; revision <= 5; ++revision) queue.Push(Started(revision));
  CHECK_FALSE(queue.SetBase(kUid, 1));
  CHECK(queue.needs_base());
  queue.PrepareBase();
  CHECK(queue.SetBase(kUid, 5));
}

TEST_CASE("A later registration of the job asks for a new base, an earlier one does not matter") {
  JobEventQueue queue = QueueAt(5);
  queue.Push(Started(6, kUid - 1));
  CHECK_FALSE(queue.needs_base());
  queue.Push(Started(1, kUid + 1));
  CHECK(queue.needs_base());
}

TEST_CASE("A report bears the revision before it, and is dropped when there is no room") {
  JobEventQueue queue = QueueAt(4, 1);
  v1::TrialReport report;
  report.set_trial_number(3);
  queue.PushReport(report);
  queue.PushReport(report);
  const auto event = queue.Pop();
  REQUIRE(event.has_value());
  CHECK(event->revision() == 4);
  CHECK(event->trial_reported().trial_number() == 3);
  CHECK_FALSE(queue.Pop().has_value());
  CHECK_FALSE(queue.needs_base());
}

}  // namespace zeus::bso::api
