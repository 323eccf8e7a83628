// Recorded decisions of the curves policy, to play against the implementation (player.h). A file is JSON, or that
// compressed by gzip:
//
//   {"sequences": [{"name": ..., "spec": {"sizes": [...], "default": ..., "max_epochs": ..., "beta": ..., "seed": ...},
//                   "steps": [...]}, ...]}
//
// "default" is a batch size. A number that is not finite is one of the strings "nan", "inf" and "-inf". The steps:
//
//   ["learn_from", index of an earlier sequence, same_machine, costs]      before this one's first pick
//   ["machine_changed"]
//   ["profile", batch size, epoch cost, sd]
//   ["pick", run, batch size, kind, ref, log_epochs, mean, sd, log_cost, known_cost, jump, escalation, epoch cost,
//   limit]
//   ["report", run, epochs, cost, first cost, stop]
//   ["finish", run, epochs, cost, first cost, outcome]
//   ["explain", [[batch size, cost, sd, epochs, epoch cost, p_best, why], ...]]
//
// "run" names a run in flight. Between "kind" and "escalation" a pick holds the members of a Ticket; "limit" is Limit's
// answer for "epoch cost". An outcome is converged, stopped, gave_up, failed, infeasible or lost.
#ifndef ZEUS_BSO_TESTS_VECTORS_RECORDING_H_
#define ZEUS_BSO_TESTS_VECTORS_RECORDING_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/policy/curves/outside.h"
#include "server/policy/curves/state.h"

namespace zeus::bso::curves::vectors {

struct LearnFromStep {
  size_t sequence;
  Transfer transfer;
};

struct MachineChangedStep {};

struct ProfileStep {
  size_t size;  // an index
  double epoch_cost;
  double sd;
};

struct PickStep {
  int64_t run;
  int64_t batch_size;
  Ticket ticket;  // without the size
  double epoch_cost;
  int64_t limit;
};

struct ReportStep {
  int64_t run;
  Progress progress;
  bool stop;
};

struct FinishStep {
  int64_t run;
  Progress progress;
  Outcome outcome;
};

struct ExplainStep {
  struct Row {
    int64_t batch_size;
    double cost, sd, epochs, epoch_cost, p_best;
    std::string why;
  };
  std::vector<Row> rows;
};

using Step =
    std::variant<LearnFromStep, MachineChangedStep, ProfileStep, PickStep, ReportStep, FinishStep, ExplainStep>;

struct Sequence {
  std::string name;
  Setup setup;
  uint64_t seed;
  std::vector<Step> steps;
};

// Reads a file. INVALID_ARGUMENT, with the file and the place in it, unless it is as described above: every run is in
// flight where a step names it, and every batch size is one of the sequence.
absl::StatusOr<std::vector<Sequence>> ReadRecording(const std::string& path);

// The same from the content of a file.
absl::StatusOr<std::vector<Sequence>> ParseRecording(absl::string_view json);

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_RECORDING_H_
