#include "server/service/not_found.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "model/error.h"

namespace zeus::bso {

absl::Status JobNotFound(absl::string_view job_id) {
  return MakeError(Reason::kJobNotFound, absl::StrCat("there is no job '", job_id, "'"));
}

absl::Status TrialNotFound(const Job& job, const TrialKey& key) {
  std::string message =
      absl::StrCat("job '", key.job_id, "' has no trial ", key.trial_number, " with batch size ", key.batch_size);
  if (job.history.has_value() && key.trial_number < job.history->begin) {
    absl::StrAppend(&message, ": of the trials before ", job.history->begin, ", the server has deleted ",
                    job.history->num_collected, " (--max_trials_per_job)");
  }
  return MakeError(Reason::kTrialNotFound, message);
}

absl::Status ArmNotFound(absl::string_view job_id, int64_t batch_size) {
  return MakeError(Reason::kArmNotFound, absl::StrCat("job '", job_id, "' has no arm of batch size ", batch_size));
}

}  // namespace zeus::bso
