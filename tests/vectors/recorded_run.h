// The steps of a recorded sequence, sorted by the run that they are about.
#ifndef ZEUS_BSO_TESTS_VECTORS_RECORDED_RUN_H_
#define ZEUS_BSO_TESTS_VECTORS_RECORDED_RUN_H_

#include <map>
#include <optional>
#include <vector>

#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {

// The steps belong to the sequence.
struct RecordedRun {
  std::vector<const ReportStep*> reports;
  const FinishStep* finish = nullptr;  // null: the sequence ends before

  // What the first epoch cost, if a step says so: the last one that does, as the policy learns from the end.
  std::optional<double> first_cost() const;

  // Whether the policy ends the run at this report: the recording stops it there, and goes on with that end.
  bool EndsAt(const ReportStep& report) const;
};

// By the number of the run. No number is used twice in a recording's sequence.
std::map<int64_t, RecordedRun> RunsOf(const Sequence& sequence);

// A cost that the policy takes in; nothing if it is invalid, which to the policy means unknown.
std::optional<double> KnownCost(double cost);

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_RECORDED_RUN_H_
