// Learns jobs of the curves policy anew from their trials, one after the other, on a thread of its own. A job goes on
// with its old beliefs meanwhile; they are replaced in one commit, which includes what has arrived since.
#ifndef ZEUS_BSO_SERVER_SERVICE_RELEARNER_H_
#define ZEUS_BSO_SERVER_SERVICE_RELEARNER_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/limits.h"
#include "model/moment.h"
#include "server/policy/curves/replay.h"
#include "server/service/job_queue.h"
#include "server/service/zeus_service.h"
#include "storage/store.h"

namespace zeus::bso {

// Thread-safe.
class Relearner {
 public:
  // `store` outlives it.
  Relearner(storage::Store& store, std::function<Moment()> clock, const Limits& limits);

  // Stops. Jobs that are still to be learned anew are due, and so are found again by the next server.
  ~Relearner();

  Relearner(const Relearner&) = delete;
  Relearner& operator=(const Relearner&) = delete;

  // The job is to be learned anew, unless it waits for that already.
  void Add(const std::string& job_id) { queue_.Add(job_id); }

 private:
  // What has been learned of a job so far.
  struct Lesson {
    storage::Uid uid = 0;
    int64_t num_corrections = 0;  // Of the job: with another number, all is to be learned again.
    curves::Replay replay;
    int64_t last_trial_number = 0;  // Of the job; later ones are not looked at yet.
    std::vector<TrialKey> running;  // Of those before, when they were looked at last.
  };
  enum class Outcome {
    kDone,     // Its beliefs are replaced, or it is not to be learned anew any more.
    kBehind,   // Many trials have ended meanwhile.
    kChanged,  // It was corrected meanwhile.
  };

  void Run();
  absl::Status Relearn(const std::string& job_id);
  // Learns from what is in the store. Nothing: the job is not to be learned anew.
  absl::StatusOr<std::optional<Lesson>> Begin(const std::string& job_id);
  // Learns from the trials that have ended since.
  absl::Status CatchUp(const std::string& job_id, Lesson& lesson);
  absl::StatusOr<Outcome> Commit(const std::string& job_id, const Lesson& lesson);

  storage::Store& store_;
  const std::function<Moment()> clock_;
  const Limits limits_;
  JobQueue queue_;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_RELEARNER_H_
