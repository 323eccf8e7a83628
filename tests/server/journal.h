// What callers of a server were answered, to be compared with what the server says later.
#ifndef ZEUS_BSO_TESTS_SERVER_JOURNAL_H_
#define ZEUS_BSO_TESTS_SERVER_JOURNAL_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

// How a call failed.
struct CallError {
  grpc::StatusCode code;
  std::string reason;  // Empty: an error of gRPC's own.

  auto operator<=>(const CallError&) const = default;
};

std::ostream& operator<<(std::ostream& out, const CallError& error);

// Keeps every state that a job or trial may be in, for a call that failed may have taken effect. The jobs are those of
// MakeSpecMessage, so that a cost is an energy. Thread-safe; the callers see to it that calls which register, delete or
// end the same thing are made and recorded one after the other, and none after one that failed.
class Journal {
 public:
  // Records a call. A report is one that ends its trial as converged.
  void Record(const v1::RegisterJobRequest& request, const Reply<v1::RegisterJobResponse>& reply);
  void Record(const v1::DeleteJobRequest& request, const Reply<v1::DeleteJobResponse>& reply);
  void Record(const v1::StartTrialRequest& request, const Reply<v1::StartTrialResponse>& reply);
  void Record(const v1::ReportResultRequest& request, const Reply<v1::ReportResultResponse>& reply);
  void Record(const v1::EndTrialRequest& request, const Reply<v1::EndTrialResponse>& reply);

  // How many calls were answered.
  int64_t num_answers() const ABSL_LOCKS_EXCLUDED(mutex_);

  // Waits until `count` more calls were answered, or one has failed.
  void WaitForAnswers(int64_t count) const ABSL_LOCKS_EXCLUDED(mutex_);

  // How calls failed since this was last asked, and how often.
  std::map<CallError, int64_t> TakeErrors() ABSL_LOCKS_EXCLUDED(mutex_);

  // A line for everything that was answered and that the server does not have, that it has and was not asked for, or
  // that is changed by half; nothing when all is well. From then on the journal holds what was unsure for what the
  // server said, so it must be a server that was started after all that was recorded. No calls are made meanwhile.
  std::string Compare(RpcClient& client) ABSL_LOCKS_EXCLUDED(mutex_);

  // The trials of all jobs, as far as is known.
  std::vector<v1::Trial> Trials() const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct KnownTrial {
    v1::Trial trial;                      // Without end_time where no answer told it.
    std::optional<v1::Trial> maybe = {};  // How it is if a call that failed took effect.
  };

  struct KnownJob {
    bool exists = false;
    bool unsure = false;  // Whether it exists.
    std::map<int64_t, KnownTrial> trials = {};
    size_t num_unsure_starts = 0;
  };

  class Comparison;

  template <typename Response>
  void Count(const Reply<Response>& reply) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  KnownTrial& Find(const std::string& job_id, int64_t trial_number) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  mutable absl::Mutex mutex_;
  std::map<std::string, KnownJob> jobs_ ABSL_GUARDED_BY(mutex_);
  std::map<CallError, int64_t> errors_ ABSL_GUARDED_BY(mutex_);
  int64_t num_answers_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string contradictions_ ABSL_GUARDED_BY(mutex_);  // Between answers. A line each.
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SERVER_JOURNAL_H_
