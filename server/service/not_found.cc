#include "server/service/not_found.h"

#include "absl/strings/str_cat.h"
#include "model/error.h"

namespace zeus::bso {

absl::Status JobNotFound(absl::string_view job_id) {
  return MakeError(Reason::kJobNotFound, absl::StrCat("there is no job '", job_id, "'"));
}

absl::Status TrialNotFound(const TrialKey& key) {
  return MakeError(Reason::kTrialNotFound, absl::StrCat("job '", key.job_id, "' has no trial ", key.trial_number,
                                                        " with batch size ", key.batch_size));
}

absl::Status ArmNotFound(absl::string_view job_id, int64_t batch_size) {
  return MakeError(Reason::kArmNotFound, absl::StrCat("job '", job_id, "' has no arm of batch size ", batch_size));
}

}  // namespace zeus::bso
