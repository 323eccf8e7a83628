// Whether what comes from outside, from a disk or a client, can be what a job of the curves policy knows: every number
// is within the bounds that zeus.bso.v1 states, so that decisions stay finite.
#ifndef ZEUS_BSO_MODEL_CURVES_CHECK_H_
#define ZEUS_BSO_MODEL_CURVES_CHECK_H_

#include <cstdint>
#include <span>

#include "absl/strings/string_view.h"
#include "model/curves.h"
#include "model/trial.h"

namespace zeus::bso {

// Each returns the name of the first field that is out of its bounds, as in zeus.bso.v1; empty if there is none.
// `batch_sizes` are those of the job, ascending.
absl::string_view FirstInvalidField(const CurvesJob& job, std::span<const int64_t> batch_sizes);
// `job` is the one of the size.
absl::string_view FirstInvalidField(const CurvesSize& size, const CurvesJob& job);
absl::string_view FirstInvalidField(const CurvesBase& base);
absl::string_view FirstInvalidField(const curves::Ticket& ticket);
absl::string_view FirstInvalidField(const TrialProgress& progress);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_CURVES_CHECK_H_
