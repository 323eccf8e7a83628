// The constants of the curves policy. "log" is the natural logarithm, "octave" is a doubling of the batch size, "sd" is
// a standard deviation. A value named after "log epochs" or "log cost" is in natural logarithms, so that 0.10 is about
// 10 %.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_CONSTANTS_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_CONSTANTS_H_

#include <array>
#include <cstdint>

namespace zeus::bso::curves {

// The prior of a curve: a Gaussian process over x = log2(batch size) that sums a level, a straight line, a smooth bend
// (squared exponential kernel) and independent noise of each size.
struct CurvePrior {
  double level_var;     // variance of the level
  double slope;         // mean change per octave
  double slope_sd;      // its sd
  double bend_sd;       // sd of the smooth deviation from the line
  double bend_octaves;  // length scale of that deviation
  double own_sd;        // sd of what each size has to itself
};

// Log epochs to the target. The slope lies between 0 (the batch size does not matter) and log 2 (epochs grow in
// proportion to it).
inline constexpr CurvePrior kEpochsPrior = {
    .level_var = 9, .slope = 0.20, .slope_sd = 0.20, .bend_sd = 0.20, .bend_octaves = 3, .own_sd = 0.05};

// Log cost of one epoch. The slope lies between 0 (the device is saturated) and -log 2 (only overhead per step). The
// level is around the first reading.
inline constexpr CurvePrior kCostPrior = {
    .level_var = 1, .slope = -0.35, .slope_sd = 0.20, .bend_sd = 0.30, .bend_octaves = 3, .own_sd = 0.01};

// The noise of a run's log epochs and of its log epoch cost: the prior sd, the number of runs that this prior counts
// for, the most runs that the evidence may count for, and a floor of the variance. Without the floor, many equal runs
// would make a covariance matrix lose its positive definiteness.
inline constexpr double kEpochsNoiseSd = 0.10;
inline constexpr double kCostNoiseSd = 0.02;
inline constexpr double kNoisePriorRuns = 4;
inline constexpr double kNoiseMaxRuns = 50;
inline constexpr double kLeastEpochsVariance = 1e-4;
inline constexpr double kLeastCostVariance = 1e-6;

// A size's mean weighs at most this many runs, so that it keeps following a drift.
inline constexpr double kWindow = 20;

// The sd of a size's log epochs grows by this times the square root of the results since it last converged.
inline constexpr double kAging = 0.01;

// Thompson sampling: the draw's deviation from the mean is scaled by this once a size has converged, and by 1 before.
inline constexpr double kTemperature = 0.5;

// The policy goes on past an end of the tried range while that end costs at most this times the best.
inline constexpr double kLookPast = 1.2;

// Picks go kReach octaves beyond the tried range. While the default size's first run is in flight, other trainers
// explore within kStartReach octaves of it. kOctaveSlack absorbs rounding.
inline constexpr double kReach = 1.0;
inline constexpr double kStartReach = 2.0;
inline constexpr double kOctaveSlack = 1e-9;

// An exploring run gets the benefit of the doubt: its remaining epochs are counted at this many sds below the mean.
inline constexpr double kOptimism = 0.5;

// An exploring run costs at most min(beta, kStopFactor) times the best. kStopSlack absorbs rounding.
inline constexpr double kStopFactor = 2.0;
inline constexpr double kStopSlack = 1e-9;

// This many sds past its expected log epochs, a run's expected rest is counted by its asymptote: the exact formula
// divides two numbers that get too small.
inline constexpr double kTailSds = 6;

// A reading contradicts the belief when it is this many sds away: kSurprise for results, kFailSurprise for runs without
// success.
inline constexpr double kSurprise = 3.5;
inline constexpr double kFailSurprise = 2.0;

// If first epochs differ from later ones by more than this (log), a run of one epoch says little about the others.
inline constexpr double kWarmup = 0.10;

// The least change of log epoch cost that surprises.
inline constexpr double kCostJump = 0.15;

// The sd of knowledge that is older than a change of the machine or of the job.
inline constexpr double kHintSd = 0.10;

// Long failures count half after this many results; fewer than kLeastFailures count nothing after a success.
inline constexpr double kFailHalfLife = 50;
inline constexpr double kLeastFailures = 0.25;

// A size whose weight of runs halves with each long failure keeps at least this much.
inline constexpr double kLeastRuns = 0.25;

// Unconverged results in a row before the best size is run.
inline constexpr int kMaxStops = 2;

// Failures of the best size in a row: before other sizes are considered again, before a long failure counts whatever
// its length, and the most that are counted (the limit of a best run doubles with each).
inline constexpr int kEscalationExplores = 2;
inline constexpr int kEscalationBelieves = 5;
inline constexpr int kMaxEscalation = 16;

// Crashes in a row before a size rests, and the results that pass until it is tried again: the first rest, the second,
// and so on; the last one repeats.
inline constexpr int kMaxCrashes = 3;
inline constexpr std::array<int64_t, 4> kRests = {2, 8, 32, 128};

// A cost, in the caller's unit, is known if it lies strictly between these.
inline constexpr double kLeastCost = 1e-30;
inline constexpr double kMostCost = 1e30;

// The weight of a size's epochs when they come from another job.
inline constexpr double kTransferredRuns = 5;

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_CONSTANTS_H_
