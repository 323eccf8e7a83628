// What a commit did to one job, for those who watch it.
#ifndef ZEUS_BSO_STORAGE_JOB_CHANGE_H_
#define ZEUS_BSO_STORAGE_JOB_CHANGE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/arm.h"
#include "model/job.h"
#include "model/trial.h"
#include "storage/keys.h"

namespace zeus::bso::storage {

// Which of a job's records a session has changed, and how.
struct JobChange {
  std::string job_id;
  Uid uid = 0;
  int64_t revision = 0;               // Of the job, after the change.
  std::vector<Trial> trials_started;  // As they are after the change, like all records here.
  std::vector<Trial> trials_ended;
  std::vector<Trial> trials_voided;
  std::vector<GaussianTsArm> arms_refit;
  std::optional<Stage> stage_changed;
  std::optional<std::vector<Warning>> warnings_changed;  // All that the job has now.
  std::vector<Warning> warnings_before;
  std::optional<Job> corrected;  // Job::num_corrections has changed.
  bool deleted = false;
};

// A job that a session has changed, in short.
struct ChangedJob {
  const std::string& job_id;
  bool trials_ended = false;
  bool corrected = false;  // Job::num_corrections has changed.
  bool warnings_changed = false;
};

// Is told of what was written. Thread-safe.
class CommitObserver {
 public:
  virtual ~CommitObserver() = default;

  // Whether this change is of interest; if not, it is not even put together. Called with the job locked.
  virtual bool Observes(const ChangedJob& job) const = 0;

  // A change is written. Called for each job changed, in the order of the changes. Must not block.
  virtual void OnCommit(const JobChange& change) = 0;

  // The engine was reopened after an error: changes may have been written that OnCommit was not called for.
  virtual void OnReopened() {}
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_JOB_CHANGE_H_
