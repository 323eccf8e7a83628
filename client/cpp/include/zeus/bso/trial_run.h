// A trial that ends whatever happens to its training.
#ifndef ZEUS_BSO_TRIAL_RUN_H_
#define ZEUS_BSO_TRIAL_RUN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "zeus/bso/client.h"
#include "zeus/bso/progress.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso {

struct TrialRunOptions {
  // Time between two heartbeats, in [1 ms, 3,650 days]; or 0: none are sent, and the trial times out if its reports are
  // further apart than the job's trial_timeout. Absent: a third of that, at most 30 s; 30 s if the job states no
  // trial_timeout, so that the server's --default_trial_timeout counts.
  std::optional<absl::Duration> heartbeat_interval = std::nullopt;
};

// A running trial. From the start on a thread sends heartbeats, so that an epoch may take longer than the job's
// trial_timeout. Each states its interval: the server ends the trial of a process that was killed after 4 intervals, or
// a minute if that is longer, or trial_timeout if that is shorter. A heartbeat that fails does not end the trial.
//
// A process that was killed, and starts again with the same ClientOptions.client_id, is given its trial again until the
// server has ended it; see resumed_from.
//
// Safe for threads, but for moving and destroying it. In a process that was forked after the start it does nothing when
// it is destroyed (the trial is the parent's), and is not to be used otherwise.
class TrialRun {
 public:
  // As Client::StartTrial. The client may be destroyed before the trial is.
  // INVALID_ARGUMENT without a reason: an option is out of its bounds.
  static absl::StatusOr<TrialRun> Start(Client& client, std::string_view job_id, const TrialRunOptions& options = {});

  // One that was moved from can only be assigned to or destroyed.
  TrialRun(TrialRun&& other) noexcept;
  TrialRun& operator=(TrialRun&& other) noexcept;

  // Ends a trial that is running as TRIAL_FAILURE_FAILED, as End does, but tells nobody whether it could. A training
  // loop that ends by itself calls End(TRIAL_FAILURE_NOT_CONVERGED) before.
  ~TrialRun();

  // As it was started.
  const v1::Trial& trial() const;

  // To train with.
  int64_t batch_size() const { return trial().batch_size(); }

  // What the server saw last of the trial when this process resumed it: epochs, seconds and joules, summed over all
  // runs before. Absent: the trial is new, nothing had been reported, or the server is older.
  const std::optional<v1::TrialProgress>& resumed_from() const;

  // False: the trial is known to have ended; stop training. Heartbeats learn of an end that somebody else gave it.
  bool running() const;

  // Reports after an epoch; when the answer says stop_train, the trial has ended, with a result. In a trial that was
  // resumed, the server adds resumed_from to what is reported, the same however often:
  //   time and energy  always, so count them from the start of this process.
  //   epochs           only if the training began again at 0. The first report decides that: an epoch of at most 1
  //                    means that it began again, any other that it goes on counting, from where it was or from an
  //                    older checkpoint.
  // FAILED_PRECONDITION (TRIAL_FAILED): it has ended as failed already, such as by a timeout while the machine was
  // suspended; NOT_FOUND: the job was deleted. Stop training after both. After a timeout the server still takes a
  // report that reaches the target or max_epochs.
  // INVALID_ARGUMENT (INVALID_FIELD): such as for an energy that is not a number, or one that is less than that of an
  // earlier epoch. The trial goes on.
  absl::StatusOr<v1::ReportResultResponse> Report(const Progress& progress);

  // Ends a running trial without a result. `failure` is TRIAL_FAILURE_INFEASIBLE when the batch size does not fit into
  // memory, TRIAL_FAILURE_CANCELLED when the training was stopped for a reason that says nothing about the batch size,
  // TRIAL_FAILURE_NOT_CONVERGED when its loop ended by itself, else TRIAL_FAILURE_FAILED. An older server, which does
  // not know TRIAL_FAILURE_NOT_CONVERGED, is sent TRIAL_FAILURE_FAILED instead. Afterwards it is not running, and there
  // are no heartbeats, also where the call failed: the server then ends it when it misses them. Does nothing when it is
  // not running. NOT_FOUND: the job was deleted.
  absl::Status End(v1::TrialFailure failure);

 private:
  struct Impl;
  struct ImplDeleter {
    void operator()(Impl* impl) const;
  };

  explicit TrialRun(std::unique_ptr<Impl, ImplDeleter> impl);

  std::unique_ptr<Impl, ImplDeleter> impl_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_TRIAL_RUN_H_
