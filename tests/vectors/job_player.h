// Plays one recorded sequence through a server, as a job of it: each step is the calls of a trainer.
//
// The API cannot express each step. A report that it cannot express is left out, as reports teach the policy nothing. A
// run's end is played as another one if that teaches the policy the same. All else is an obstacle, which ends the
// sequence.
#ifndef ZEUS_BSO_TESTS_VECTORS_JOB_PLAYER_H_
#define ZEUS_BSO_TESTS_VECTORS_JOB_PLAYER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/vectors/comparison.h"
#include "tests/vectors/job_calls.h"
#include "tests/vectors/knowledge.h"
#include "tests/vectors/recorded_run.h"
#include "tests/vectors/recording.h"
#include "tests/vectors/server_player.h"

namespace zeus::bso::curves::vectors {

// A job whose sequence has been played.
struct PlayedJob {
  std::string job_id;
  std::string gpu_model;
  State state;         // what it should know at its end
  bool whole = false;  // whether it was played to its end
};

// Each step answers its obstacle, empty if the step was played.
class JobPlayer {
 public:
  // `earlier` are the jobs of the sequences before this one.
  JobPlayer(const Sequence& sequence, EarlyStops early_stops, const std::vector<PlayedJob>& earlier,
            testing::RpcClient& client, Comparison& comparison, ServerPlayResult& result);

  absl::string_view operator()(const LearnFromStep& step);
  absl::string_view operator()(const MachineChangedStep& step);
  absl::string_view operator()(const ProfileStep& step);
  absl::string_view operator()(const PickStep& step);
  absl::string_view operator()(const ReportStep& step);
  absl::string_view operator()(const FinishStep& step);
  absl::string_view operator()(const ExplainStep& step);

  PlayedJob Ended(bool whole) const;

 private:
  // A run in flight.
  struct Flight {
    v1::Trial trial;
    std::optional<double> first_cost;  // that the server knows
    bool ended = false;                // by a report that the policy stopped
  };

  v1::JobSpec Spec() const;
  // Whether the first trial runs on the machine of the job that this one learns from.
  bool BeginsOnSameMachine(const LearnFromStep& step) const;

  // Whether this report can be sent without an effect that the recording does not have.
  bool CanReport(const ReportStep& step, const RecordedRun& run) const;
  // Reports epoch 1 where `progress` needs it. Whether the server then judges `progress` with its first cost.
  bool ShowFirstCost(const Progress& progress, const RecordedRun& run, Flight& flight);
  // Whether the server would learn from this end what the recording does.
  bool TeachesTheSame(const FinishStep& step, const Flight& flight) const;

  void EndWithout(const FinishStep& step, const Flight& flight);
  absl::string_view EndWithProgress(const FinishStep& step, Flight& flight);
  v1::ReportResultResponse Report(const Progress& progress, bool reaches_target, Flight& flight);

  const Sequence& sequence_;
  const bool stops_early_;
  const std::vector<PlayedJob>& earlier_;
  const std::map<int64_t, RecordedRun> runs_;
  Comparison& comparison_;
  ServerPlayResult& result_;
  JobCalls calls_;
  std::string gpu_model_ = "V100";
  Knowledge knowledge_;
  std::map<int64_t, Flight> flights_;
};

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_JOB_PLAYER_H_
