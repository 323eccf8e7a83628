// Warnings about a job, as plain values.
#ifndef ZEUS_BSO_MODEL_WARNING_H_
#define ZEUS_BSO_MODEL_WARNING_H_

#include <cstdint>
#include <optional>

#include "absl/time/time.h"

namespace zeus::bso {

// See zeus.bso.v1.WarningReason, whose numbers these are.
enum class WarningReason {
  kNotConverging = 1,
  kNothingLeft = 2,
  kNoEnergy = 3,
  kCostsChanged = 4,
  kLongTrial = 5,
  kEpochsMissing = 6,
  kSizeRests = 7,
  kBetaTooLow = 8
};

// The reason of that number, if there is one.
inline std::optional<WarningReason> WarningReasonOf(int number) {
  constexpr int kLast = static_cast<int>(WarningReason::kBetaTooLow);
  if (number < 1 || number > kLast) return std::nullopt;
  return static_cast<WarningReason>(number);
}

struct Warning {
  WarningReason reason = WarningReason::kNotConverging;
  absl::Time since;                                    // When it was found first.
  std::optional<int64_t> batch_size = std::nullopt;    // Present exactly with kSizeRests.
  std::optional<int64_t> trial_number = std::nullopt;  // Present exactly with kLongTrial.

  bool operator==(const Warning&) const = default;
};

// Whether it names a batch size exactly if its reason is about one, and a trial likewise.
inline bool IsWellFormed(const Warning& warning) {
  return warning.batch_size.has_value() == (warning.reason == WarningReason::kSizeRests) &&
         warning.trial_number.has_value() == (warning.reason == WarningReason::kLongTrial);
}

// Whether both are about the same thing, perhaps since different times.
inline bool IsSameWarning(const Warning& a, const Warning& b) {
  return a.reason == b.reason && a.batch_size == b.batch_size && a.trial_number == b.trial_number;
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_WARNING_H_
