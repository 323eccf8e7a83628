// Ends a trial in a session, below the service, as those that ask no policy do.
#ifndef ZEUS_BSO_TESTS_SUPPORT_END_TRIAL_H_
#define ZEUS_BSO_TESTS_SUPPORT_END_TRIAL_H_

#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "model/status_macros.h"
#include "model/trial.h"
#include "storage/session.h"

namespace zeus::bso::testing {

inline absl::StatusOr<const Trial*> EndTrial(storage::Session& session, const TrialKey& key, absl::Time end_time,
                                             const TrialOutcome& outcome) {
  ZB_ASSIGN_OR_RETURN(const Trial* const trial, session.FetchedTrial(key));
  Trial ended = *trial;
  ended.end_time = end_time;
  if (const auto* const result = std::get_if<Result>(&outcome)) {
    ended.status = TrialStatus::kSucceeded;
    ended.result = *result;
  } else {
    ended.status = TrialStatus::kFailed;
    ended.failure = std::get<TrialFailure>(outcome);
  }
  return session.EndTrial(ended);
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_END_TRIAL_H_
