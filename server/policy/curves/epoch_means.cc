#include "server/policy/curves/epoch_means.h"

#include "server/policy/numeric.h"

namespace zeus::bso::curves {
namespace {

// The share of a reading in the mean that it has moved from before to after. Readings that are taken for the truth
// reset the weight to 1; one that equals the mean leaves no trace but the weight.
double Share(const SizeState& before, const SizeState& after, double reading) {
  if (after.timed <= 0) return 0;
  if (before.timed <= 0 || after.log_cost == reading) return 1 / after.timed;
  return (after.log_cost - before.log_cost) / (reading - before.log_cost);
}

}  // namespace

void FollowReading(const SizeState& before, const EpochReading& reading, CurvesSize& size) {
  const double share = Share(before, size.state, reading.log_cost);
  size.epoch_seconds += (reading.seconds - size.epoch_seconds) * share;
  size.epoch_joules += (reading.joules - size.epoch_joules) * share;
}

void FollowOtherSize(const SizeState& before, CurvesSize& size) {
  if (before.timed <= 0 || size.state.log_cost == before.log_cost) return;
  const double factor = BoundedExp(size.state.log_cost - before.log_cost);
  size.epoch_seconds *= factor;
  size.epoch_joules *= factor;
}

}  // namespace zeus::bso::curves
