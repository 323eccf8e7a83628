// Does what is due: ends running trials from which nothing was heard for too long (model/trial_timeouts.h), and
// forgets answers whose requests are not repeated any longer. In the background; while nothing is due it sleeps.
#ifndef ZEUS_BSO_SERVER_SERVICE_SWEEPER_H_
#define ZEUS_BSO_SERVER_SERVICE_SWEEPER_H_

#include <atomic>
#include <functional>
#include <memory>
#include <thread>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "model/limits.h"
#include "server/service/memory.h"
#include "storage/due.h"
#include "storage/store.h"

namespace zeus::bso {

class Sweeper {
 public:
  // Begins at once. `store` outlives the sweeper. `clock` is that of the deadlines.
  Sweeper(storage::Store& store, std::function<absl::Time()> clock, const Limits& limits,
          std::shared_ptr<Memory> memory);

  // Stops. What was begun is still done, some of it perhaps by other threads.
  ~Sweeper();

  Sweeper(const Sweeper&) = delete;
  Sweeper& operator=(const Sweeper&) = delete;

 private:
  void Run();
  // Does what is due, and answers when the next thing is.
  absl::StatusOr<absl::Time> Sweep(absl::Time now);
  // Does one thing, and sets the alarm to the time when it is to be looked at again.
  void Do(const storage::Due& due, absl::Time now);

  storage::Store& store_;
  const std::function<absl::Time()> clock_;
  const Limits limits_;
  const std::shared_ptr<Memory> memory_;  // Shared with what may still run when the sweeper has stopped.
  std::atomic<bool> stopping_ = false;
  std::thread thread_;  // Last: it uses all of the above.
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_SWEEPER_H_
