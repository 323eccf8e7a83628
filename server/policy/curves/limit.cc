// Limit. Between a few breakpoints, each side of every comparison in ShouldStop is a quasi-convex function of the
// number of epochs minus a constant: the cost grows, the optimistic rest shrinks, and the mean residual life of a
// log-normal distribution shrinks and then grows (R. C. Gupta and H. O. Akman, "Mean residual life function for certain
// types of non-monotonic ageing", 1995). A quasi-convex function that starts out at or below 0 crosses 0 once, so that
// a binary search finds the first stop of each interval that starts without one.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>

#include "absl/functional/function_ref.h"
#include "server/policy/curves/constants.h"
#include "server/policy/curves/stop.h"
#include "server/policy/numeric.h"

namespace zeus::bso::curves {
namespace {

using StopsAfter = absl::FunctionRef<bool(int64_t epochs)>;

// These epochs are asked about one by one. That is fastest for common limits, and covers the intervals that are not
// regular: very short runs, and costs on the verge of what is valid.
constexpr int64_t kScanned = 1024;

// The first in [from, to) that stops, or `to`. Stops must not end before `to` unless `from` stops.
int64_t FirstStop(int64_t from, int64_t to, StopsAfter stops) {
  if (from >= to || stops(from)) return from;
  if (!stops(to - 1)) return to;
  int64_t going = from, stopped = to - 1;
  while (stopped - going > 1) {
    const int64_t middle = going + (stopped - going) / 2;
    (stops(middle) ? stopped : going) = middle;
  }
  return stopped;
}

// A number of epochs near `value`, within [1, most].
int64_t ToEpochs(double value, int64_t most) {
  if (!(value > 1)) return 1;
  return value < static_cast<double>(most) ? static_cast<int64_t>(value) : most;
}

// ShouldStop changes its formula at these numbers of epochs: the cost becomes valid or too large, the run outlasts what
// the pick hoped for, the residual life is replaced by its asymptote.
std::array<double, 4> Breakpoints(const Ticket& ticket, double epoch_cost) {
  return {kLeastCost / epoch_cost, kMostCost / epoch_cost, BoundedExp(ticket.log_epochs),
          BoundedExp(ticket.mean + kTailSds * ticket.sd)};
}

}  // namespace

int64_t Limit(const Setup& setup, const JobState& job, const Ticket& ticket, double epoch_cost, double best_cost) {
  const int64_t end = setup.max_epochs;
  const auto stops = [&](int64_t epochs) {
    const Progress progress{
        .epochs = epochs, .cost = static_cast<double>(epochs) * epoch_cost, .first_cost = epoch_cost};
    return ShouldStop(setup.beta, job, ticket, progress, best_cost).stop();
  };
  const int64_t scanned = std::min(end, kScanned + 1);
  for (int64_t epochs = 1; epochs < scanned; ++epochs) {
    if (stops(epochs)) return epochs;
  }

  // Breakpoints are inexact, so that their neighbours are intervals of their own.
  constexpr int64_t kNeighbours = 2;
  std::array<double, 4> breakpoints = Breakpoints(ticket, epoch_cost);
  std::array<int64_t, 4 * (2 * kNeighbours + 1) + 1> ends{end};
  size_t count = 1;
  for (const double breakpoint : breakpoints) {
    for (int64_t offset = -kNeighbours; offset <= kNeighbours; ++offset) {
      ends[count++] = ToEpochs(breakpoint + static_cast<double>(offset), end);
    }
  }
  std::sort(ends.begin(), ends.end());
  int64_t from = scanned;
  for (const int64_t to : ends) {
    if (to <= from) continue;
    if (const int64_t first = FirstStop(from, to, stops); first < to) return first;
    from = to;
  }
  return end;
}

}  // namespace zeus::bso::curves
