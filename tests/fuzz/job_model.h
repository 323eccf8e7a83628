// What a job must be after the calls that were made, without a store: the answers and the records that follow from
// them.
#ifndef ZEUS_BSO_TESTS_FUZZ_JOB_MODEL_H_
#define ZEUS_BSO_TESTS_FUZZ_JOB_MODEL_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/arm.h"
#include "model/error.h"
#include "model/job.h"
#include "model/trial.h"
#include "server/service/optimizer.h"

namespace zeus::bso::fuzz {

class JobModel {
 public:
  explicit JobModel(const JobSpec& spec) {
    job_.spec = spec;
    job_.min_cost_batch_size = spec.default_batch_size;
  }

  const JobSpec& spec() const { return job_.spec; }
  const std::vector<Trial>& trials() const { return trials_; }
  int64_t revision() const { return revision_; }

  // Why no trial can be started; nothing: one can.
  std::optional<Reason> WhyNoStart() const;

  // A trial was started by the policy, or by hand. Ends the process when the policy may not start such a one. Times are
  // not looked at.
  void Start(const Trial& trial);
  void Create(const Trial& trial);

  // The trial, or null.
  const Trial* Find(int64_t trial_number, int64_t batch_size) const;

  // The running trial of this client, or null. Nobody in particular, "", has none.
  const Trial* FindRunning(const std::string& client_id) const;

  // What a report on a running trial is answered, but for the message. Ends the trial when it is to.
  Verdict TakeReport(const Report& report);

  // A running trial was ended without a result.
  void Fail(int64_t trial_number, TrialFailure failure);

  // The records that are kept by batch size.
  Explorations MakeExplorations() const;
  std::vector<TrialResult> MakeResults(int64_t batch_size) const;

  // Ends the process when a record is not what it must be.
  void Check(const Job& job) const;
  void Check(const std::vector<Trial>& trials) const;
  void Check(const std::vector<GaussianTsArm>& arms) const;

 private:
  // The arms that the bandit would have.
  std::map<int64_t, GaussianTsArm> MakeArms(const std::vector<int64_t>& survivors) const;
  void CheckPick(const Trial& trial) const;
  // Whether the size cannot be infeasible, as it or a greater one has converged, or none is smaller.
  bool Fits(int64_t batch_size) const;
  void End(int64_t batch_size, const TrialOutcome& outcome);
  void Refit(const Trial& trial, const Result& latest);

  Job job_;
  std::vector<Trial> trials_;              // By number: 1, 2, 3, ...
  std::map<int64_t, GaussianTsArm> arms_;  // By batch size.
  int64_t revision_ = 1;
};

}  // namespace zeus::bso::fuzz

#endif  // ZEUS_BSO_TESTS_FUZZ_JOB_MODEL_H_
