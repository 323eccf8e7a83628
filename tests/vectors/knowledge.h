// What the curves policy knows of a job while the steps of a recorded sequence teach it.
#ifndef ZEUS_BSO_TESTS_VECTORS_KNOWLEDGE_H_
#define ZEUS_BSO_TESTS_VECTORS_KNOWLEDGE_H_

#include <cstddef>
#include <map>

#include "server/policy/curves/beliefs.h"
#include "server/policy/curves/state.h"
#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {

class Knowledge {
 public:
  explicit Knowledge(const Setup& setup);

  const State& state() const { return state_; }
  const Beliefs& beliefs() const { return beliefs_; }

  // `other` is what the job of step.sequence knows at its end.
  void Learn(const LearnFromStep& step, const State& other);
  void Learn(const MachineChangedStep& step);
  void Learn(const ProfileStep& step);

  // The run starts at this size. `kind` is that of its ticket.
  void Start(int64_t run, size_t size, Kind kind);
  void Learn(const FinishStep& step);

  // Whether another end of the run would teach the same.
  bool TeachesTheSame(const FinishStep& step, const Progress& progress, Outcome outcome) const;

 private:
  struct Run {
    size_t size;
    Kind kind;
  };

  // The state after this end.
  State After(const Run& run, const Progress& progress, Outcome outcome) const;

  State state_;
  Beliefs beliefs_;
  std::map<int64_t, Run> runs_;  // in flight
};

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_KNOWLEDGE_H_
