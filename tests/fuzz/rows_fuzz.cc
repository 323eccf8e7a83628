// Calls on a store whose rows were overwritten with any bytes: each is answered with an error or a response.
#include <cstdint>

#include "absl/time/time.h"
#include "model/status_macros.h"
#include "server/service/optimizer.h"
#include "tests/fuzz/finding.h"
#include "tests/fuzz/player.h"
#include "tests/fuzz/script.h"
#include "tests/fuzz/script_target.h"
#include "tests/support/specs.h"
#include "tests/support/test_store.h"

namespace zeus::bso::fuzz {
namespace {

// Registers a job and runs trials of it, each with another result.
absl::Status Train(Optimizer& optimizer, const JobSpec& spec, int num_trials) {
  ZB_RETURN_IF_ERROR(optimizer.Register(spec).status());
  for (int i = 0; i < num_trials; ++i) {
    ZB_ASSIGN_OR_RETURN(const StartedRun run, optimizer.StartTrial(spec.job_id));
    const Trial* const trial = run.trial;
    const TrialKey key{trial->job_id, trial->batch_size, trial->trial_number};
    ZB_RETURN_IF_ERROR(
        optimizer.TakeReport({.trial = key, .time_seconds = 1, .energy_joules = 100.0 + i, .metric = 1}).status());
  }
  return optimizer.StartTrial(spec.job_id).status();
}

// One job in each stage, one of them with a window, so that every table has rows.
void Prepare(storage::Store& store) {
  const absl::Status prepared = testing::Transact(store, [](storage::Session& session) {
    ZeusService service(session, absl::FromUnixSeconds(1700000000), {});
    Optimizer optimizer(service);
    JobSpec windowed = testing::MakeSpec("window");
    windowed.window_size = 3;
    ZB_RETURN_IF_ERROR(Train(optimizer, windowed, 8));
    ZB_RETURN_IF_ERROR(Train(optimizer, testing::MakeSpec("job"), 8));
    return Train(optimizer, testing::MakeSpec("pruning"), 3);
  });
  Expect(prepared.ok(), prepared.ToString());
}

}  // namespace

const Vocabulary& TargetVocabulary() { return Vocabulary::OfCallsAndRows(); }

void Try(const Script& script) {
  // Goes before the logger does: a stream may be at its end when the process is.
  static Player player;
  Prepare(player.store());
  player.Play(script, Rows::kHostile);
}

}  // namespace zeus::bso::fuzz
