#include "tests/torture/linearizability.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/torture/history.h"

namespace zeus::bso::torture {
namespace {

using Catch::Matchers::Contains;

TimedCall At(int64_t begin_ns, int64_t end_ns, Call call) {
  return {.call = std::move(call), .begin_ns = begin_ns, .end_ns = end_ns};
}

Call Registered(bool created = true) {
  return {.deed = Deed::kRegister, .outcome = Outcome::kAnswered, .created = created};
}

Call Started(int64_t number, const std::string& client_id = "") {
  return {.deed = Deed::kStart,
          .trial_number = number,
          .trial = {.batch_size = 32, .client_id = client_id},
          .outcome = Outcome::kAnswered};
}

Call Reported(int64_t number, double energy) {
  return {.deed = Deed::kReport,
          .trial_number = number,
          .trial = {.batch_size = 32, .energy_joules = energy},
          .outcome = Outcome::kAnswered};
}

Call Ended(int64_t number) {
  return {.deed = Deed::kEnd, .trial_number = number, .trial = {.batch_size = 32}, .outcome = Outcome::kAnswered};
}

Call Deleted() { return {.deed = Deed::kDelete, .outcome = Outcome::kAnswered}; }

Call Listed(std::vector<ModelTrial> trials) {
  return {.deed = Deed::kList, .outcome = Outcome::kAnswered, .trials = std::move(trials)};
}

JobModel NewJob() { return JobModel(std::vector<ModelTrial>()); }

ModelTrial Running() { return {.batch_size = 32}; }
ModelTrial Failed() { return {.batch_size = 32, .state = TrialState::kFailed}; }
ModelTrial Converged(double energy) {
  return {.batch_size = 32, .state = TrialState::kConverged, .energy_joules = energy};
}

Call With(Outcome outcome, Call call) {
  call.outcome = outcome;
  return call;
}

// Whether these calls, one after the other, can be explained.
bool IsPossible(const std::vector<Call>& calls) {
  std::vector<TimedCall> timed;
  for (const Call& call : calls) {
    const auto begin_ns = static_cast<int64_t>(10 * timed.size());
    timed.push_back(At(begin_ns, begin_ns + 5, call));
  }
  return Contradiction(JobModel(), timed).empty();
}

TEST_CASE("A job answers one call after the other as the model does") {
  CHECK(IsPossible({Registered(), Registered(false), Started(1), Started(2), Reported(1, 100), Ended(2),
                    Listed({Converged(100), Failed()}), Deleted(), With(Outcome::kNotFound, Deleted()),
                    With(Outcome::kNotFound, Listed({})), Registered(), Listed({})}));
  CHECK_FALSE(IsPossible({Registered(false)}));
  CHECK_FALSE(IsPossible({Started(1)}));
  CHECK_FALSE(IsPossible({Registered(), Started(2)}));
  CHECK_FALSE(IsPossible({Registered(), Started(1), Listed({})}));
  CHECK_FALSE(IsPossible({Registered(), Started(1), Reported(1, 100), Listed({Converged(101)})}));
  CHECK_FALSE(IsPossible({Registered(), Deleted(), Listed({})}));
  CHECK_FALSE(IsPossible({Registered(), With(Outcome::kNotFound, Deleted())}));
}

TEST_CASE("A trial that has ended stays as it is") {
  const std::vector<Call> converged = {Registered(), Started(1), Reported(1, 100)};
  const auto then = [](std::vector<Call> calls, const Call& call) {
    calls.push_back(call);
    return IsPossible(calls);
  };
  CHECK(then(converged, Reported(1, 200)));
  CHECK(then(converged, Ended(1)));
  CHECK_FALSE(then(converged, With(Outcome::kTrialEnded, Reported(1, 200))));
  Call update = Reported(1, 200);
  update.deed = Deed::kUpdate;
  CHECK_FALSE(then(converged, update));
  CHECK(then(converged, With(Outcome::kTrialEnded, update)));
  const std::vector<Call> failed = {Registered(), Started(1), Ended(1)};
  CHECK(then(failed, With(Outcome::kTrialEnded, Reported(1, 100))));
  CHECK_FALSE(then(failed, Reported(1, 100)));
  CHECK(then(failed, With(Outcome::kNotFound, Reported(2, 100))));
}

TEST_CASE("A client is given its running trial") {
  CHECK(IsPossible({Registered(), Started(1, "me"), Started(1, "me"), Ended(1), Started(2, "me")}));
  CHECK_FALSE(IsPossible({Registered(), Started(1, "me"), Started(2, "me")}));
  CHECK(IsPossible({Registered(), Started(1, "me"), Started(2, "you")}));
}

TEST_CASE("A session starts and ends a trial at one moment") {
  Call session = Reported(1, 100);
  session.deed = Deed::kStartAndEnd;
  CHECK(IsPossible({Registered(), session, Listed({Converged(100)})}));
  CHECK_FALSE(IsPossible({Registered(), session, Listed({Running()})}));
}

TEST_CASE("Calls at the same time may take effect in any order, others only in that of time") {
  const JobModel job = NewJob();
  const Call first = Started(1);
  const Call second = Started(2);
  CHECK(Contradiction(job, {At(0, 10, second), At(5, 15, first)}).empty());
  CHECK_FALSE(Contradiction(job, {At(0, 10, second), At(11, 15, first)}).empty());
  CHECK(Contradiction(job, {At(0, 10, first), At(1, 9, Listed({})), At(2, 8, Listed({Running()}))}).empty());
  CHECK_FALSE(Contradiction(job, {At(0, 10, first), At(1, 3, Listed({Running()})), At(4, 8, Listed({}))}).empty());
}

TEST_CASE("A call of unknown outcome takes effect, or does not, but not later than it can") {
  const JobModel job = NewJob();
  const Call unknown = With(Outcome::kUnknown, Started(0));
  CHECK(Contradiction(job, {At(0, 10, unknown), At(20, 30, Listed({}))}).empty());
  CHECK(Contradiction(job, {At(0, 10, unknown), At(20, 30, Listed({Running()}))}).empty());
  CHECK_FALSE(Contradiction(job, {At(0, 10, unknown), At(20, 30, Listed({Running(), Running()}))}).empty());
  const std::vector<TimedCall> late = {At(0, 10, unknown), At(20, 30, Listed({})), At(40, 50, Listed({Running()}))};
  CHECK_FALSE(Contradiction(job, late).empty());
  // A read at the same time does not rule it out.
  CHECK(Contradiction(job, {At(0, 10, unknown), At(5, 30, Listed({})), At(40, 50, Listed({}))}).empty());
  CHECK(Contradiction(job, {At(0, 25, unknown), At(5, 20, Listed({})), At(40, 50, Listed({Running()}))}).empty());
}

TEST_CASE("Many calls of unknown outcome are explained, or not, without trying all of their orders") {
  std::vector<TimedCall> calls;
  for (int i = 0; i < 30; ++i) {
    Call unknown = With(Outcome::kUnknown, Started(0, i % 2 == 0 ? "" : "me"));
    calls.push_back(At(i, 1'000'000, unknown));
  }
  std::vector<ModelTrial> trials(12, Running());
  calls.push_back(At(100, 200, Listed(trials)));
  CHECK(Contradiction(NewJob(), calls).empty());
  calls.push_back(At(300, 400, Listed({Running()})));
  CHECK_THAT(Contradiction(NewJob(), calls), Contains("the job is then") && !Contains("given up"));
}

TEST_CASE("What a watcher was told has been so at some time") {
  const auto seen = [](int64_t number, const ModelTrial& trial) {
    return Call{.deed = Deed::kSeen, .trial_number = number, .trial = trial, .outcome = Outcome::kAnswered};
  };
  const JobModel job = NewJob();
  const std::vector<TimedCall> calls = {At(0, 10, Started(1)), At(20, 30, Reported(1, 100))};
  const auto with = [&calls](int64_t begin_ns, int64_t end_ns, const Call& call) {
    std::vector<TimedCall> all = calls;
    all.push_back(At(begin_ns, end_ns, call));
    return all;
  };
  CHECK(Contradiction(job, with(0, 100, seen(1, Running()))).empty());
  CHECK(Contradiction(job, with(0, 100, seen(1, Converged(100)))).empty());
  CHECK_FALSE(Contradiction(job, with(0, 100, seen(2, Running()))).empty());
  CHECK_FALSE(Contradiction(job, with(0, 15, seen(1, Converged(100)))).empty());
  const Call deletion = {.deed = Deed::kSeenDeletion, .outcome = Outcome::kAnswered};
  CHECK_FALSE(Contradiction(job, with(0, 100, deletion)).empty());
}

TEST_CASE("A contradiction says how far the calls can be explained") {
  const std::string text = Contradiction(NewJob(), {At(0, 1000, Started(1)), At(2000, 3000, Started(3))});
  CHECK_THAT(text, Contains("the job is then: job running/32/0"));
  CHECK_THAT(text, Contains("  0 to 1 us: start #1"));
  CHECK_THAT(text, Contains("! 2 to 3 us: start #3"));
}

TEST_CASE("After a loss of power what was answered is there, and what was not may be") {
  History history;
  history.Add("job", Registered(), NowNs());
  history.Add("job", Started(1), NowNs());
  const int64_t crash_ns = NowNs();
  history.Add("job", Started(2), crash_ns - 1);
  history.Add("job", Started(3), NowNs());
  const auto after = [&](JobState state) { return history.CompareWithCrash(crash_ns, {{"job", std::move(state)}}); };
  CHECK_THAT(after(std::nullopt), Contains("job job:"));
  CHECK_FALSE(after(std::vector<ModelTrial>{}).empty());
  CHECK(after(std::vector<ModelTrial>{Running()}).empty());
  CHECK(after(std::vector<ModelTrial>{Running(), Running()}).empty());
  CHECK_FALSE(after(std::vector<ModelTrial>{Running(), Running(), Running()}).empty());
  CHECK(history.CompareWithCrash(crash_ns, {}).empty());
}

TEST_CASE("A call that a server which is gone left without an answer does not take effect later") {
  History history;
  history.Add("job", Registered(), NowNs());
  history.Add("job", With(Outcome::kUnknown, Started(0)), NowNs());
  history.EndUnknownCalls();
  history.Add("job", Listed({}), NowNs());
  CHECK_FALSE(history.Settle({{"job", std::vector<ModelTrial>{Running()}}}).empty());
}

TEST_CASE("A settled history begins anew with what the server said") {
  History history;
  history.Add("job", Registered(), NowNs());
  history.Add("job", With(Outcome::kUnknown, Started(0)), NowNs());
  CHECK(history.Settle({{"job", std::vector<ModelTrial>{Running()}}}).empty());
  history.Add("job", Started(2), NowNs());
  CHECK_FALSE(history.Settle({{"job", std::vector<ModelTrial>{Running()}}}).empty());
  CHECK(history.num_answers() == 2);
  history.AddContradiction("wrong by itself");
  CHECK(history.Settle({}) == "wrong by itself\n");
  CHECK(history.Settle({}).empty());
}

}  // namespace
}  // namespace zeus::bso::torture
