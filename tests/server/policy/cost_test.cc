#include "server/policy/cost.h"

#include <optional>

#include "catch2/catch.hpp"
#include "tests/support/special_values.h"

namespace zeus::bso {
namespace {

using testing::kInfinity;

double CostWith(double eta_knob, double max_power, double energy_joules, double time_seconds) {
  JobSpec spec;
  spec.eta_knob = eta_knob;
  spec.max_power = max_power;
  return Cost(spec, energy_joules, time_seconds);
}

double BoundWith(std::optional<double> beta_knob, std::optional<double> min_cost) {
  Job job;
  job.spec.beta_knob = beta_knob;
  job.min_cost = min_cost;
  return EarlyStopBound(job);
}

TEST_CASE("The cost weighs energy by eta_knob and time at full power by the rest") {
  CHECK(CostWith(0.25, 300, 1000, 10) == 0.25 * 1000 + 0.75 * 300 * 10);
}

TEST_CASE("With eta_knob 1 the cost is the energy") { CHECK(CostWith(1, 300, 1234.5, 10) == 1234.5); }

TEST_CASE("With eta_knob 0 the cost is the time at full power") { CHECK(CostWith(0, 300, 1234.5, 10) == 3000); }

TEST_CASE("Nothing spent costs nothing") { CHECK(CostWith(0.5, 300, 0, 0) == 0); }

TEST_CASE("A trial may cost beta_knob times the least cost before it is stopped") {
  CHECK(BoundWith(1.5, 200.0) == 300);
}

TEST_CASE("There is no bound while nothing has converged") { CHECK(BoundWith(2.0, std::nullopt) == kInfinity); }

TEST_CASE("A job without beta_knob has no bound") { CHECK(BoundWith(std::nullopt, 200.0) == kInfinity); }

TEST_CASE("A least cost of 0 is a bound, not the lack of one") { CHECK(BoundWith(2.0, 0.0) == 0); }

}  // namespace
}  // namespace zeus::bso
