// Does what is due: looks at running trials, stores what was heard from them, and ends those from which nothing was
// heard for too long (model/trial_timeouts.h); forgets answers whose requests are not repeated any longer; has jobs
// learned anew. In the background; while nothing is due it sleeps, and stores how late it is by the store's clock.
#ifndef ZEUS_BSO_SERVER_SERVICE_SWEEPER_H_
#define ZEUS_BSO_SERVER_SERVICE_SWEEPER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "model/limits.h"
#include "model/moment.h"
#include "server/service/memory.h"
#include "storage/due.h"
#include "storage/store.h"

namespace zeus::bso {

class Sweeper {
 public:
  // Is told of each job that is to be learned anew, more than once perhaps.
  using Relearn = std::function<void(const std::string& job_id)>;

  // Begins at once. `store` outlives the sweeper, and so does what `relearn` calls outlive its calls.
  Sweeper(storage::Store& store, std::function<Moment()> clock, const Limits& limits, std::shared_ptr<Memory> memory,
          Relearn relearn);

  // Stops. What was begun is still done, some of it perhaps by other threads.
  ~Sweeper();

  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

 private:
  void Run();
  // Does what is due, and answers when the next thing is.
  absl::StatusOr<absl::Time> Sweep(const Moment& now);
  // Looks at some trials together, and then does what else is due of them.
  void LookAt(std::vector<storage::Due> trials, const Moment& now);
  // Does one thing, and sets the alarm to the time when it is to be looked at again.
  void Do(const storage::Due& due, const Moment& now);
  // Stores how late it is, if anything will be due.
  void StoreTime(absl::Time now);

  storage::Store& store_;
  const std::function<Moment()> clock_;
  const Limits limits_;
  const std::shared_ptr<Memory> memory_;  // Shared with what may still run when the sweeper has stopped.
  const Relearn relearn_;
  absl::Time first_due_ = absl::InfinitePast();  // Nothing is due before, but what the alarm tells of.
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_SWEEPER_H_
