#include "zeus/bso/run_trial.h"

#include <exception>
#include <new>

#include "absl/status/statusor.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace zeus::bso {
namespace {

v1::TrialFailure FailureOf(const std::exception& exception) {
  const bool out_of_memory = dynamic_cast<const std::bad_alloc*>(&exception) != nullptr ||
                             absl::StrContains(absl::AsciiStrToLower(exception.what()), "out of memory");
  return out_of_memory ? v1::TRIAL_FAILURE_INFEASIBLE : v1::TRIAL_FAILURE_FAILED;
}

v1::TrialFailure FailureOf(const absl::Status& status) {
  if (status.ok()) return v1::TRIAL_FAILURE_NOT_CONVERGED;
  const bool says_nothing =
      absl::IsCancelled(status) || absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status);
  return says_nothing ? v1::TRIAL_FAILURE_CANCELLED : v1::TRIAL_FAILURE_FAILED;
}

}  // namespace

absl::Status RunTrial(Client& client, std::string_view job_id, absl::FunctionRef<absl::Status(TrialRun&)> train,
                      const TrialRunOptions& options) {
  absl::StatusOr<TrialRun> trial = TrialRun::Start(client, job_id, options);
  if (!trial.ok()) return trial.status();
  absl::Status status;
  try {
    status = train(*trial);
  } catch (const std::exception& exception) {
    trial->End(FailureOf(exception)).IgnoreError();
    throw;
  } catch (...) {
    trial->End(v1::TRIAL_FAILURE_FAILED).IgnoreError();
    throw;
  }
  const absl::Status ended = trial->End(FailureOf(status));
  return status.ok() ? ended : status;
}

}  // namespace zeus::bso
