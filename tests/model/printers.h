// Values as text, so that a test that fails shows what differs.
#ifndef ZEUS_BSO_TESTS_MODEL_PRINTERS_H_
#define ZEUS_BSO_TESTS_MODEL_PRINTERS_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "catch2/catch.hpp"
#include "model/arm.h"
#include "model/job.h"
#include "model/pcg64_state.h"
#include "model/trial.h"

namespace zeus::bso::testing {

inline std::string Describe(const Result& result) {
  return absl::StrCat(result.time_seconds, " s ", result.energy_joules, " J ",
                      result.converged ? "converged" : "not converged");
}

// Such as "trial 3 of 32: exploration, succeeded, 10 s 200 J converged".
inline std::string Describe(const Trial& trial) {
  constexpr const char* kTypes[] = {"exploration", "concurrent", "mab", "first", "best", "explore"};
  constexpr const char* kStatuses[] = {"dispatched", "succeeded", "failed"};
  return absl::StrCat("trial ", trial.trial_number, " of ", trial.batch_size, ": ",
                      kTypes[static_cast<int>(trial.type)], ", ", kStatuses[static_cast<int>(trial.status)],
                      trial.result.has_value() ? ", " + Describe(*trial.result) : "");
}

inline std::vector<std::string> Describe(const std::vector<Trial>& trials) {
  std::vector<std::string> lines;
  for (const Trial& trial : trials) lines.push_back(Describe(trial));
  return lines;
}

}  // namespace zeus::bso::testing

namespace Catch {

template <>
struct StringMaker<zeus::bso::Stage> {
  static std::string convert(zeus::bso::Stage stage) {
    if (stage == zeus::bso::Stage::kNone) return "None";
    return stage == zeus::bso::Stage::kMab ? "MAB" : "Pruning";
  }
};

template <>
struct StringMaker<zeus::bso::Result> {
  static std::string convert(const zeus::bso::Result& result) { return zeus::bso::testing::Describe(result); }
};

template <>
struct StringMaker<zeus::bso::TrialResult> {
  static std::string convert(const zeus::bso::TrialResult& result) {
    return absl::StrCat(result.trial_number, ": ", zeus::bso::testing::Describe(result.result));
  }
};

template <>
struct StringMaker<zeus::bso::GaussianTsArm> {
  static std::string convert(const zeus::bso::GaussianTsArm& arm) {
    return absl::StrFormat("arm of %d: mean %.17g, precision %.17g, reward precision %.17g, observations %d",
                           arm.batch_size, arm.param_mean, arm.param_precision, arm.reward_precision,
                           arm.num_observations);
  }
};

template <>
struct StringMaker<zeus::bso::Pcg64State> {
  static std::string convert(const zeus::bso::Pcg64State& state) {
    return absl::StrCat(state.state_high, ":", state.state_low, " + ", state.inc_high, ":", state.inc_low, " kept ",
                        state.has_uint32, " ", state.uinteger);
  }
};

}  // namespace Catch

#endif  // ZEUS_BSO_TESTS_MODEL_PRINTERS_H_
