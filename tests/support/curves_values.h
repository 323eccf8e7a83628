// What a job of the curves policy keeps, for tests: no field has its default, and no two fields of one type are equal.
#ifndef ZEUS_BSO_TESTS_SUPPORT_CURVES_VALUES_H_
#define ZEUS_BSO_TESTS_SUPPORT_CURVES_VALUES_H_

#include <cstdint>

#include "model/curves.h"

namespace zeus::bso::testing {

// Of a job with at least three sizes, one of which is `best_batch_size`.
inline CurvesJob FullCurvesJob(int64_t best_batch_size = 16) {
  return {.state = {.run = int64_t{1} << 40,
                    .epochs_noise = {.sum_of_squares = 0.25, .degrees_of_freedom = 4.5},
                    .cost_noise = {.sum_of_squares = 0.75, .degrees_of_freedom = 50.5},
                    .epochs_surprise = {.direction = -1, .size = 0, .believed = true},
                    .cost_surprise = {.direction = 1, .size = 2, .believed = false},
                    .stops = 7,
                    .escalation = 6,
                    .foreign_costs = true,
                    .warmup = {.cost = -3.5, .log_ratio = 0.125},
                    .last_warmup = {.cost = 4.5, .log_ratio = -0.625},
                    .warmup_runs = 19.5,
                    .costs_changed_at = 11},
          .best_batch_size = best_batch_size,
          .best_cost = 1234.5,
          .changes = {{.revision = 3, .machine = true}, {.revision = 5, .target = true, .weights = true}},
          .first_trial_since_change = 17,
          .num_running_elsewhere = 18};
}

inline CurvesSize FullCurvesSize(int64_t batch_size = 16) {
  return {.batch_size = batch_size,
          .state = {.runs = 2.5,
                    .log_epochs = 3.25,
                    .epochs_hint = 0.01,
                    .last = 11,
                    .failures = 1.75,
                    .failed_at = 12,
                    .bounds = {-1.5, 2, 2.5},
                    .timed = 399.5,
                    .log_cost = -5.25,
                    .cost_hint = 0.02,
                    .crashes = 3,
                    .fits = true,
                    .ooms = 4,
                    .rest_until = int64_t{1} << 41,
                    .pending = 5},
          .epoch_seconds = 60.5,
          .epoch_joules = 7000.25,
          .num_trials = 21,
          .num_converged = 22,
          .num_failed = 23,
          .last_converged_trial = 24,
          .last_failed_trial = 25,
          .last_infeasible_trial = 26,
          .profile = TimedEpoch{.seconds = 61.5, .joules = 7001.25, .relative_error = 0.5},
          .added_revision = 27,
          .reset_revision = 28,
          .profile_revision = 29};
}

inline curves::Ticket FullTicket(curves::Kind kind = curves::Kind::kExplore) {
  return {.kind = kind,
          .reference_cost = 1234.5,
          .log_epochs = 2.5,
          .mean = 2.25,
          .sd = 0.125,
          .log_cost = -4.5,
          .escalation = 16,
          .known_cost = -4.25,
          .jump = 0.375};
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_CURVES_VALUES_H_
