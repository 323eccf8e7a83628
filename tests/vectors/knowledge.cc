#include "tests/vectors/knowledge.h"

#include "server/policy/curves/learn.h"
#include "server/policy/curves/outside.h"

namespace zeus::bso::curves::vectors {

Knowledge::Knowledge(const Setup& setup) : state_(MakeState(setup)), beliefs_(Fit(state_)) {}

void Knowledge::Learn(const LearnFromStep& step, const State& other) {
  LearnFrom(other, step.transfer, state_);
  beliefs_ = Fit(state_);
}

void Knowledge::Learn(const MachineChangedStep&) {
  MachineChanged(state_);
  beliefs_ = Fit(state_);
}

void Knowledge::Learn(const ProfileStep& step) {
  Profile(step.size, step.epoch_cost, step.sd, beliefs_, state_);
  beliefs_ = Fit(state_);
}

void Knowledge::Start(int64_t run, size_t size, Kind kind) {
  state_.sizes[size].pending += 1;  // Beliefs do not depend on it.
  runs_[run] = {.size = size, .kind = kind};
}

void Knowledge::Learn(const FinishStep& step) {
  const Run run = runs_.extract(step.run).mapped();
  state_.sizes[run.size].pending -= 1;
  state_ = After(run, step.progress, step.outcome);
  beliefs_ = Fit(state_);
}

bool Knowledge::TeachesTheSame(const FinishStep& step, const Progress& progress, Outcome outcome) const {
  const Run& run = runs_.at(step.run);
  return After(run, progress, outcome) == After(run, step.progress, step.outcome);
}

State Knowledge::After(const Run& run, const Progress& progress, Outcome outcome) const {
  State state = state_;
  Finish(beliefs_, run.size, run.kind, progress, outcome, state);
  return state;
}

}  // namespace zeus::bso::curves::vectors
