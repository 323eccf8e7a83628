// Learns a job anew from its trials, in the order in which they ended, with what was done to it in its place between
// them.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_REPLAY_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_REPLAY_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/curves.h"
#include "model/trial.h"
#include "server/policy/curves/known_job.h"

namespace zeus::bso::curves {

// How many trials may teach a job of so many sizes anew, as each takes time in proportion to their cube: 10,000 for up
// to 50 sizes, 300 for 256. That is some seconds of work at most.
size_t MaxTrials(size_t num_sizes);

// Sorts trials that have ended in the order of their ends, and drops all but the newest `most`.
void KeepNewest(size_t most, std::vector<Trial>& trials);

// Not thread-safe.
class Replay {
 public:
  // Before all that was done to a job.
  static constexpr int64_t kNoRevision = -1;

  // `present`: the job as it is. Of what it knows, only the profiles and the revisions of changes are looked at.
  // `base`: what it knew before these trials. It includes what was done to the job up to `base_revision`. The oldest
  // servers recorded no revisions: what they did has revision 0.
  Replay(const KnownJob& present, const std::optional<CurvesBase>& base, int64_t base_revision = kNoRevision);

  // Does what was done to the job up to this revision.
  void Advance(int64_t revision);

  // Learns from a trial that has ended, and counts, after those before.
  void Learn(const Trial& trial);

  // What is known after these trials, without what was done to the job later: a base for those that follow.
  CurvesBase Base() const;

  // What is known after all of that: the state of the job and of its sizes, the means of their epochs, and their last
  // trials. The rest is that of `present`.
  KnownJob Finish() &&;

 private:
  // Something that was done to the job.
  struct Step {
    enum class Kind { kMachine, kTarget, kReset, kProfile };
    int64_t revision = 0;
    Kind kind = Kind::kMachine;
    int64_t batch_size = 0;   // Of kReset and kProfile.
    TimedEpoch profile = {};  // Of kProfile.
  };

  void Do(const Step& step);

  KnownJob present_;
  KnownJob known_;
  std::vector<Step> steps_;  // By revision.
  size_t next_step_ = 0;
  int64_t weights_revision_ = 0;  // Of the last change of weights.
};

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_REPLAY_H_
