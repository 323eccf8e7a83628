#include "tests/soak/loads.h"
#include "tests/soak/trainer.h"
#include "tests/support/spec_messages.h"

namespace zeus::bso::testing {
namespace {

constexpr double kTrialsPerSecond = 100;
constexpr int kTrialsOfARegistration = 1000;
constexpr int kWindow = 20;

v1::JobSpec MakeBoundedSpec(const std::string& job_id, int batch_sizes) {
  v1::JobSpec spec = MakeSpecMessage(job_id);
  SetBatchSizes(spec, batch_sizes);
  spec.set_window_size(kWindow);
  spec.set_num_pruning_rounds(1);
  return spec;
}

}  // namespace

void Train(const std::string& address, const std::string& job_id, int batch_sizes, Progress& progress) {
  Trainer trainer(address, progress);
  const v1::JobSpec spec = MakeBoundedSpec(job_id, batch_sizes);
  trainer.Register(spec);
  Pace pace(progress, kTrialsPerSecond);
  for (int trial = 1; pace.Next(); ++trial) {
    trainer.RunTrial(job_id);
    if (trial % kTrialsOfARegistration != 0) continue;
    trainer.Delete(job_id);
    trainer.Register(spec);
  }
}

}  // namespace zeus::bso::testing
