// What callers of a server were answered, job by job, to be compared with what a server says later.
#ifndef ZEUS_BSO_TESTS_TORTURE_HISTORY_H_
#define ZEUS_BSO_TESTS_TORTURE_HISTORY_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "tests/torture/job_model.h"
#include "tests/torture/linearizability.h"

namespace zeus::bso::torture {

// Of a clock that never goes back.
int64_t NowNs();

// The trials of a job by number; nothing if it is not registered.
using JobState = std::optional<std::vector<ModelTrial>>;

// The jobs that can be read.
using StoreState = std::map<std::string, JobState>;

// Thread-safe. In the beginning there is no job.
class History {
 public:
  void Add(const std::string& job_id, const Call& call, int64_t begin_ns) ABSL_LOCKS_EXCLUDED(mutex_);

  // Something that is wrong by itself.
  void AddContradiction(const std::string& what) ABSL_LOCKS_EXCLUDED(mutex_);

  // Says that no call is in progress, and that the server is gone: what may have taken effect has done so by now.
  void EndUnknownCalls() ABSL_LOCKS_EXCLUDED(mutex_);

  int64_t num_answers() const ABSL_LOCKS_EXCLUDED(mutex_);

  // What contradicts `now`, which was read after all calls; nothing when all is well. Jobs that `now` does not have are
  // not looked at. From then on the history begins with `now`.
  std::string Settle(const StoreState& now) ABSL_LOCKS_EXCLUDED(mutex_);

  // The same, but `now` was read from what was left by a loss of power at `time_ns`, and the history stays as it is.
  std::string CompareWithCrash(int64_t time_ns, const StoreState& now) const ABSL_LOCKS_EXCLUDED(mutex_);

 private:
  struct JobHistory {
    JobModel initial = {};
    std::vector<TimedCall> calls = {};
  };

  mutable absl::Mutex mutex_;
  std::map<std::string, JobHistory> jobs_ ABSL_GUARDED_BY(mutex_);
  int64_t num_answers_ ABSL_GUARDED_BY(mutex_) = 0;
  std::string contradictions_ ABSL_GUARDED_BY(mutex_);  // A line each.
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_HISTORY_H_
