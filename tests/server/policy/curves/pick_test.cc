#include "server/policy/curves/pick.h"

#include <set>

#include "catch2/catch.hpp"
#include "server/policy/curves/range.h"
#include "tests/server/policy/curves/test_job.h"

namespace zeus::bso::curves {
namespace {

// The picks of many seeds.
std::set<size_t> AllPicks(const State& state) {
  std::set<size_t> picks;
  const Beliefs beliefs = Fit(state);
  for (uint64_t seed = 0; seed < 200; ++seed) {
    random::Generator generator(seed);
    picks.insert(Pick(state, beliefs, generator).size);
  }
  return picks;
}

bool Draws(TestJob& job) {
  const Pcg64State before = job.generator.state();
  job.Start();
  return job.generator.state() != before;
}

TEST_CASE("The first run is at the default size, and draws nothing") {
  TestJob job;
  const Pcg64State before = job.generator.state();
  const auto [size, ticket] = job.Start();
  CHECK(size == 2);
  CHECK(ticket.kind == Kind::kFirst);
  CHECK(ticket.reference_cost == 0);
  CHECK(ticket.log_epochs == 0);
  CHECK(!ticket.known_cost);
  CHECK(job.generator.state() == before);
}

TEST_CASE("Trainers that start together spread around the default, at most two octaves away") {
  TestJob job({4, 16, 32, 64, 128, 256, 1024}, 3);
  CHECK(job.Start().size == 3);
  CHECK(job.Start().size == 2);  // As near as 128, and smaller.
  CHECK(job.Start().size == 4);
  CHECK(job.Start().size == 1);
  CHECK(job.Start().size == 5);
  CHECK(job.Start().size == 3);
}

TEST_CASE("After the default failed, the least tried sizes of the range come first") {
  TestJob job;
  job.End(2, Outcome::kGaveUp, TestJob::Steady(5, 100));
  CHECK(AllPicks(job.state) == std::set<size_t>{1, 3});
  CHECK(Draws(job));
}

TEST_CASE("A default that rests is not the first pick") {
  TestJob job;
  job.at(2).rest_until = 10;
  CHECK(AllPicks(job.state) == std::set<size_t>{1, 3});
}

TEST_CASE("If every size rests, all are usable") {
  TestJob job;
  for (SizeState& size : job.state.sizes) size.rest_until = 10;
  CHECK(job.Start().size == 2);
}

TEST_CASE("The only size is always the pick") {
  TestJob job({32}, 0);
  CHECK(job.Start().size == 0);
  CHECK(job.Start().size == 0);
  job.Converge(0, 10, 100);
  CHECK(job.Start().size == 0);
  job.End(0, Outcome::kGaveUp);
  CHECK(job.Start().size == 0);
  for (int i = 0; i < 5; ++i) job.End(0, Outcome::kFailed);
  CHECK(job.Start().size == 0);
}

TEST_CASE("The range reaches one octave beyond what was tried, and the next size always") {
  TestJob job({8, 16, 18, 20, 100, 400, 420}, 3);
  job.Converge(3, 10, 100);
  const Range near = TriedRange(job.state, true);
  CHECK(near.low == 3);
  CHECK(near.high == 3);
  // 16 and 18 are within an octave of 20; 100 is the next one up.
  CHECK(near.candidates == std::vector<bool>{false, true, true, true, true, false, false});
}

TEST_CASE("The range passes a size that rests, which itself is left out") {
  TestJob job({20, 100, 400, 2000}, 0);
  job.Converge(0, 10, 100);
  job.at(1).rest_until = 10;
  CHECK(TriedRange(job.state, true).candidates == std::vector<bool>{true, false, true, false});
  job.at(2).rest_until = 10;
  CHECK(TriedRange(job.state, true).candidates == std::vector<bool>{true, false, false, false});
}

TEST_CASE("Before a size has converged, runs in flight and crashes count as tried") {
  TestJob job;
  job.at(3).pending = 1;
  CHECK(TriedRange(job.state, false).high == 3);
  CHECK(TriedRange(job.state, false).low == 2);
  job.at(1).crashes = 1;
  CHECK(TriedRange(job.state, false).low == 1);
}

TEST_CASE("An end of the range that is nearly the best is looked past") {
  TestJob job;
  job.Converge(2, 10, 100);
  CHECK(AllPicks(job.state) == std::set<size_t>{1, 3});
  const auto [size, ticket] = job.Start();
  CHECK(ticket.kind == Kind::kExplore);
  CHECK(ticket.reference_cost == Fit(job.state).best_cost);
}

TEST_CASE("With dear ends the pick is the best or one that may be as good") {
  TestJob job;
  for (size_t size = 0; size < 5; ++size) job.ConvergeTimes(5, size, 10, size == 2 ? 100 : 200);
  CHECK(AllPicks(job.state) == std::set<size_t>{2});
  const auto [size, ticket] = job.Start();
  CHECK(ticket.kind == Kind::kBest);
  REQUIRE(ticket.known_cost);
  CHECK(*ticket.known_cost == Approx(std::log(100)));
}

TEST_CASE("A size with a run in flight is not explored again, the best size is run again") {
  TestJob job({32, 64}, 0);
  job.Converge(0, 10, 100);
  CHECK(job.Start().size == 1);
  CHECK(job.Start().size == 0);
  CHECK(job.Start().size == 0);
}

TEST_CASE("After two results in a row without success the best size is taken, without a draw") {
  TestJob job;
  job.Converge(2, 10, 100);
  job.state.job.stops = 2;
  const Pcg64State before = job.generator.state();
  const auto [size, ticket] = job.Start();
  CHECK(size == 2);
  CHECK(ticket.kind == Kind::kBest);
  CHECK(job.generator.state() == before);
}

TEST_CASE("After two failures in a row of the best size, every size of the range may be the pick, as a best one") {
  TestJob job({32, 64}, 0);
  job.Converge(0, 10, 100);
  job.state.job.stops = job.state.job.escalation = 2;
  job.at(1).pending = 1;
  CHECK(AllPicks(job.state) == std::set<size_t>{0, 1});
  const auto [size, ticket] = job.Start();
  CHECK(ticket.kind == Kind::kBest);
  CHECK(ticket.escalation == 2);
  CHECK(ticket.log_epochs == Fit(job.state).epochs.mean(0));
}

TEST_CASE("While costs come from another machine, a run's own costs always scale the reference") {
  TestJob job;
  job.Converge(2, 10, 100);
  job.state.job.foreign_costs = true;
  const auto [size, ticket] = job.Start();
  CHECK(ticket.known_cost == ticket.log_cost);
  CHECK(ticket.jump == 0);
}

TEST_CASE("If no run has reported a cost, a run's own costs always scale the reference") {
  TestJob job;
  job.Converge(2, 10, kUnknown);
  const auto [size, ticket] = job.Start();
  CHECK(ticket.known_cost == ticket.log_cost);
  CHECK(ticket.jump == 0);
}

TEST_CASE("A pick takes twice as many normal numbers as there are sizes") {
  TestJob job;
  job.Converge(2, 10, 100);
  random::Generator expected = job.generator;
  for (int i = 0; i < 10; ++i) expected.StandardNormal();
  job.Start();
  CHECK(job.generator.state() == expected.state());
}

}  // namespace
}  // namespace zeus::bso::curves
