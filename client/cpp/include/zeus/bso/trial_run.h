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
  // Between two heartbeats; greater than 0. Absent: a third of the job's trial_timeout, at most a minute; a minute
  // where the job states none and the server's --default_trial_timeout counts.
  std::optional<absl::Duration> heartbeat_interval = std::nullopt;
};

// A running trial. While it lives a thread sends heartbeats, so that an epoch may take longer than the job's
// trial_timeout. A process that is killed leaves a trial that the server ends after its trial_timeout.
//
// Safe for threads, but for moving and destroying it. In a process that was forked after the start it does nothing when
// it is destroyed (the trial is the parent's), and is not to be used otherwise.
class TrialRun {
 public:
  // As Client::StartTrial. The client may be destroyed before the trial is.
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

  // False: the trial is known to have ended; stop training. Heartbeats learn of an end that somebody else gave it.
  bool running() const;

  // Reports after an epoch; when the answer says stop_train, the trial has ended, with a result.
  // FAILED_PRECONDITION (TRIAL_FAILED): it has ended as failed already, such as by its trial_timeout while the machine
  // was suspended; NOT_FOUND: the job was deleted. Stop training after both.
  // INVALID_ARGUMENT (INVALID_FIELD): such as for an energy that is not a number. The trial goes on.
  absl::StatusOr<v1::ReportResultResponse> Report(const Progress& progress);

  // Ends a running trial without a result. `failure` is TRIAL_FAILURE_INFEASIBLE when the batch size does not fit into
  // memory, TRIAL_FAILURE_CANCELLED when the training was stopped for a reason that says nothing about the batch size,
  // TRIAL_FAILURE_NOT_CONVERGED when its loop ended by itself, else TRIAL_FAILURE_FAILED. An older server, which does
  // not know TRIAL_FAILURE_NOT_CONVERGED, is sent TRIAL_FAILURE_FAILED instead. Afterwards it is not running, and there
  // are no heartbeats, also where the call failed: the server then ends it after its trial_timeout. Does nothing when
  // it is not running. NOT_FOUND: the job was deleted.
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
