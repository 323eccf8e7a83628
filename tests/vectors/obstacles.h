// Why the API cannot express a step of a recording.
#ifndef ZEUS_BSO_TESTS_VECTORS_OBSTACLES_H_
#define ZEUS_BSO_TESTS_VECTORS_OBSTACLES_H_

#include "absl/strings/string_view.h"

namespace zeus::bso::curves::vectors {

inline constexpr absl::string_view kNone;
inline constexpr absl::string_view kMachineChanges = "the machine of a job never changes";
inline constexpr absl::string_view kCostsAreTakenOver = "a warm start always takes over costs";
inline constexpr absl::string_view kSourceIsNotWhole = "the job to learn from was not played whole";
inline constexpr absl::string_view kNoEpoch = "the server counts at least one epoch";
inline constexpr absl::string_view kFirstEpochIsStopped = "the policy stops the run at its first epoch";
inline constexpr absl::string_view kFirstCostIsHidden = "no report of epoch 1 can have this first cost";
inline constexpr absl::string_view kStoppedBeforeGivingUp = "the policy stops the run before it gives up";

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_OBSTACLES_H_
