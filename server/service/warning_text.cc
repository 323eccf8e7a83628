#include "server/service/warning_text.h"

#include "absl/strings/str_cat.h"

namespace zeus::bso {

WarningText Describe(const Warning& warning) {
  switch (warning.reason) {
    case WarningReason::kNotConverging:
      return {.message = "The last 3 results, or more, did not converge.",
              .advice =
                  "See in the list of trials how they ended. If the target is never reached, check target_metric, "
                  "higher_is_better_metric, max_epochs and the metric that is reported."};
    case WarningReason::kNothingLeft:
      return {.message = "No batch size is left to try: all of them fail, or none has converged.",
              .advice =
                  "Find out from the list of trials why they failed, and remove the cause. A job of POLICY_CURVES then "
                  "goes on by itself; one of POLICY_ZEUS has to be deleted and registered again."};
    case WarningReason::kNoEnergy:
      return {.message = "The last 5 results, or more, have an energy of 0, although eta_knob is greater than 0.",
              .advice =
                  "Check that the trainers measure energy. If they cannot, register a job with an eta_knob of 0, "
                  "which looks at the time only."};
    case WarningReason::kCostsChanged:
      return {.message = "An epoch costs something else than before, at all batch sizes.",
              .advice =
                  "If the machine, its power limit or the data have changed, nothing need be done: the new costs are "
                  "learned. If not, see whether something else runs on the GPU."};
    case WarningReason::kLongTrial:
      return {.message =
                  absl::StrCat("Trial ", warning.trial_number.value_or(0), " has been running for more than 3 days."),
              .advice =
                  "If its trainer is gone, end the trial. A trial_timeout that suits the length of a training ends "
                  "such trials by itself."};
    case WarningReason::kEpochsMissing:
      return {.message = "The latest result has no epochs.",
              .advice =
                  "Report current_epoch after each epoch, the first one as 1. Without it only the cost of whole "
                  "trainings is known: none is stopped for its cost, and max_epochs ends none."};
    case WarningReason::kSizeRests:
      return {
          .message = absl::StrCat("Batch size ", warning.batch_size.value_or(0), " is not tried, as it keeps failing."),
          .advice =
              "Find out from the list of its trials why they failed. With POLICY_CURVES it is tried again after "
              "some results of other sizes; with POLICY_ZEUS it is not, once it has failed "
              "max_failures_per_batch_size times."};
    case WarningReason::kBetaTooLow:
      return {
          .message = "beta_knob is below 1.2, so that trials at the best batch size are stopped too.",
          .advice = "Register a job with a greater beta_knob, such as 2: trainings at the same size differ in cost."};
  }
  return {};
}

const char* NameOf(WarningReason reason) {
  switch (reason) {
    case WarningReason::kNotConverging:
      return "NOT_CONVERGING";
    case WarningReason::kNothingLeft:
      return "NOTHING_LEFT";
    case WarningReason::kNoEnergy:
      return "NO_ENERGY";
    case WarningReason::kCostsChanged:
      return "COSTS_CHANGED";
    case WarningReason::kLongTrial:
      return "LONG_TRIAL";
    case WarningReason::kEpochsMissing:
      return "EPOCHS_MISSING";
    case WarningReason::kSizeRests:
      return "SIZE_RESTS";
    case WarningReason::kBetaTooLow:
      return "BETA_TOO_LOW";
  }
  return "";
}

}  // namespace zeus::bso
