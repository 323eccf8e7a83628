#include "server/policy/curves/pick.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <vector>

#include "absl/functional/function_ref.h"
#include "server/policy/curves/constants.h"
#include "server/policy/curves/range.h"
#include "server/policy/curves/sizes.h"

namespace zeus::bso::curves {
namespace {

using Predicate = absl::FunctionRef<bool(size_t)>;
using Score = absl::FunctionRef<double(size_t)>;

// The eligible size of the least score, the first in a tie. None if no size is eligible.
std::optional<size_t> Least(size_t num_sizes, Predicate eligible, Score score) {
  std::optional<size_t> least;
  double least_score = 0;
  for (size_t i = 0; i < num_sizes; ++i) {
    if (!eligible(i)) continue;
    const double value = score(i);
    if (least && value >= least_score) continue;
    least = i;
    least_score = value;
  }
  return least;
}

// One plausible pair of curves, by size.
struct Draws {
  std::vector<double> epochs;
  std::vector<double> costs;

  double LogCost(size_t i) const { return epochs[i] + costs[i]; }
};

std::vector<double> StandardNormals(size_t count, random::Generator& generator) {
  std::vector<double> normals(count);
  std::generate(normals.begin(), normals.end(), [&] { return generator.StandardNormal(); });
  return normals;
}

Draws Draw(const Beliefs& beliefs, double temperature, random::Generator& generator) {
  const std::vector<double> epochs = StandardNormals(beliefs.epochs.size(), generator);
  const std::vector<double> costs = StandardNormals(beliefs.costs.size(), generator);
  return {.epochs = beliefs.epochs.Draw(temperature, epochs), .costs = beliefs.costs.Draw(temperature, costs)};
}

double OctavesFromDefault(const std::vector<double>& octaves, const State& state, size_t i) {
  return std::abs(octaves[i] - octaves[state.setup.default_size]);
}

// Trainers that start together spread around the default size.
size_t ChooseNearDefault(const State& state) {
  const size_t default_size = state.setup.default_size;
  if (state.sizes[default_size].pending == 0) return default_size;
  const std::vector<bool> usable = UsableSizes(state);
  const std::vector<double> octaves = Octaves(state.setup);
  const auto distance = [&](size_t i) { return OctavesFromDefault(octaves, state, i); };
  const auto is_free = [&](size_t i) {
    const SizeState& s = state.sizes[i];
    return usable[i] && s.pending == 0 && s.failures == 0 && distance(i) <= kStartReach + kOctaveSlack;
  };
  return Least(state.setup.num_sizes(), is_free, distance).value_or(default_size);
}

// The default size failed or rests: of the sizes that were tried least, the cheapest in the draw.
size_t ChooseLeastTried(const State& state, const Draws& draws) {
  const size_t n = state.setup.num_sizes();
  const Range range = TriedRange(state, /*has_best=*/false);
  const auto is_candidate = [&](size_t i) -> bool { return range.candidates[i]; };
  const auto tries = [&](size_t i) {
    return state.sizes[i].failures + state.sizes[i].crashes + state.sizes[i].pending;
  };

  if (const std::optional<size_t> fewest = Least(n, is_candidate, tries)) {
    const auto is_least_tried = [&](size_t i) { return is_candidate(i) && tries(i) <= tries(*fewest); };
    return *Least(n, is_least_tried, [&](size_t i) { return draws.LogCost(i); });
  }
  const std::vector<bool> usable = UsableSizes(state);
  const std::vector<double> octaves = Octaves(state.setup);
  return *Least(
      n, [&](size_t i) -> bool { return usable[i]; }, [&](size_t i) { return OctavesFromDefault(octaves, state, i); });
}

size_t ChooseFirst(const State& state, const Beliefs& beliefs, random::Generator& generator) {
  const size_t default_size = state.setup.default_size;
  if (state.sizes[default_size].failures == 0 && UsableSizes(state)[default_size]) return ChooseNearDefault(state);
  return ChooseLeastTried(state, Draw(beliefs, /*temperature=*/1, generator));
}

double DrawnCost(const State& state, const Draws& draws, size_t i) {
  return draws.LogCost(i) + Unreliability(state, i);
}

// The best size keeps failing: any size may be better.
size_t ChooseAnew(const State& state, const Beliefs& beliefs, size_t best, random::Generator& generator) {
  const Range range = TriedRange(state, /*has_best=*/true);
  const Draws draws = Draw(beliefs, /*temperature=*/1, generator);
  return *Least(
      state.setup.num_sizes(), [&](size_t i) { return range.candidates[i] || i == best; },
      [&](size_t i) { return DrawnCost(state, draws, i); });
}

// The sizes beyond those ends of the tried range that are about as good as the best size.
std::vector<bool> SizesPastGoodEnds(const State& state, const Beliefs& beliefs, size_t best, const Range& range) {
  const size_t n = state.setup.num_sizes();
  const double good = std::log(kLookPast) + beliefs.epochs.mean(best) + beliefs.costs.mean(best);
  const bool low_is_good = ExpectedLogCost(state, beliefs, range.low) <= good;
  const bool high_is_good = ExpectedLogCost(state, beliefs, range.high) <= good;
  std::vector<bool> past(n);
  for (size_t i = 0; i < n; ++i) past[i] = (i < range.low && low_is_good) || (i > range.high && high_is_good);
  return past;
}

// The cheapest size in a draw. Sets ticket.kind and ticket.log_epochs.
size_t ChooseByDraw(const State& state, const Beliefs& beliefs, size_t best, random::Generator& generator,
                    Ticket& ticket) {
  const size_t n = state.setup.num_sizes();
  const Range range = TriedRange(state, /*has_best=*/true);
  const Draws draws = Draw(beliefs, kTemperature, generator);
  const double most_epochs = std::log(static_cast<double>(state.setup.max_epochs));

  const auto is_free = [&](size_t i) { return range.candidates[i] && state.sizes[i].pending == 0; };
  const auto may_converge = [&](size_t i) { return i == best || (is_free(i) && draws.epochs[i] <= most_epochs); };
  size_t chosen = *Least(n, may_converge, [&](size_t i) { return DrawnCost(state, draws, i); });
  ticket.log_epochs = draws.epochs[chosen];

  const std::vector<bool> past = SizesPastGoodEnds(state, beliefs, best, range);
  const auto is_past = [&](size_t i) { return past[i] && is_free(i); };
  if (const std::optional<size_t> beyond = Least(n, is_past, [&](size_t i) { return draws.LogCost(i); })) {
    chosen = *beyond;
    ticket.log_epochs = std::min(draws.epochs[chosen], beliefs.epochs.mean(chosen));
  }
  ticket.kind = chosen == best ? Kind::kBest : Kind::kExplore;
  return chosen;
}

size_t Choose(const State& state, const Beliefs& beliefs, random::Generator& generator, Ticket& ticket) {
  if (!beliefs.best) return ChooseFirst(state, beliefs, generator);
  const size_t best = *beliefs.best;
  ticket.kind = Kind::kBest;
  ticket.reference_cost = beliefs.best_cost;
  ticket.log_epochs = beliefs.epochs.mean(best);
  if (state.job.escalation >= kEscalationExplores) return ChooseAnew(state, beliefs, best, generator);
  if (state.job.stops >= kMaxStops) return best;
  return ChooseByDraw(state, beliefs, best, generator, ticket);
}

// True if the reference is in the costs of another machine. Then this run's costs must always rescale it.
bool ReferenceIsForeign(const State& state, const Beliefs& beliefs) {
  if (state.job.foreign_costs) return true;
  return beliefs.best &&
         std::none_of(state.sizes.begin(), state.sizes.end(), [](const SizeState& size) { return size.timed > 0; });
}

// Sets the numbers that recognize a run on a machine of another speed.
void SetKnownCost(size_t size, const State& state, const Beliefs& beliefs, Ticket& ticket) {
  const SizeState& s = state.sizes[size];
  if (ReferenceIsForeign(state, beliefs)) {
    ticket.known_cost = ticket.log_cost;
    ticket.jump = 0;
    return;
  }
  if (s.timed > 0 && s.cost_hint == 0) ticket.known_cost = s.log_cost;
  ticket.jump = std::max(kCostJump, kSurprise * std::sqrt(2 * beliefs.costs_noise));
}

// Sets what is believed of a run, whatever it is for.
void SetBeliefs(size_t size, const State& state, const Beliefs& beliefs, Ticket& ticket) {
  ticket.mean = beliefs.epochs.mean(size);
  ticket.sd = std::sqrt(beliefs.epochs.variance(size) + beliefs.epochs_noise);
  ticket.log_cost = beliefs.costs.mean(size);
  ticket.escalation = state.job.escalation;
  SetKnownCost(size, state, beliefs, ticket);
}

}  // namespace

Start Pick(const State& state, const Beliefs& beliefs, random::Generator& generator) {
  Start start;
  start.size = Choose(state, beliefs, generator, start.ticket);
  SetBeliefs(start.size, state, beliefs, start.ticket);
  return start;
}

Ticket TicketAt(size_t size, const State& state, const Beliefs& beliefs) {
  Ticket ticket;
  if (beliefs.best) {
    ticket.kind = size == *beliefs.best ? Kind::kBest : Kind::kExplore;
    ticket.reference_cost = beliefs.best_cost;
    ticket.log_epochs = beliefs.epochs.mean(size);
  }
  SetBeliefs(size, state, beliefs, ticket);
  return ticket;
}

}  // namespace zeus::bso::curves
