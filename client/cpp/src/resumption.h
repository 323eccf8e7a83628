// The earlier progress of a resumed trial, which each report of the new process states.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_RESUMPTION_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_RESUMPTION_H_

#include <cstdint>
#include <optional>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::client_internal {

// StartTrialResponse.resume_from; nothing if the trial is new.
std::optional<v1::TrialProgress> ResumeFrom(const v1::StartTrialResponse& started);

// Makes the ReportResultRequest.base of each report of one run of a training. Safe for threads.
class Resumption {
 public:
  // `from` is what the server saw last of the trial. Absent: the trial is new, and its reports have no base.
  explicit Resumption(std::optional<v1::TrialProgress> from);

  const std::optional<v1::TrialProgress>& from() const { return from_; }

  // Returns the base of a report of `epoch`. The first call decides for all that follow: an epoch of at most 1 means
  // that the training began again, any other that it goes on counting, so base.epochs is 0. Time and energy always
  // count from 0 in a new run.
  std::optional<v1::ReportBase> BaseOfReport(int64_t epoch) ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  const std::optional<v1::TrialProgress> from_;
  absl::Mutex mutex_;
  std::optional<v1::ReportBase> base_ ABSL_GUARDED_BY(mutex_);  // Absent until the first report.
};

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_RESUMPTION_H_
