// Jobs of the curves policy for tests of the service.
#ifndef ZEUS_BSO_TESTS_SERVER_SERVICE_CURVES_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_SERVICE_CURVES_FIXTURE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/server/service/optimizer_fixture.h"

namespace zeus::bso::testing {

// Sizes 16, 32 and 64, default 32, beta_knob 2, at most 100 epochs. With eta_knob 1 a cost is the energy.
inline JobSpec CurvesSpec(const std::string& job_id = "job") {
  JobSpec spec = MakeSpec(job_id);
  spec.policy = PolicyKind::kCurves;
  return spec;
}

class CurvesFixture : public OptimizerFixture {
 public:
  CurvesFixture() { CreateJob(CurvesSpec()); }

  // Starts a trial of a size of the test's choice.
  Trial StartAt(int64_t batch_size, const std::string& job_id = "job") {
    return CreateTrial(batch_size, TrialType::kExploration, job_id);
  }

  Verdict TakeReport(const Trial& trial, int64_t epoch, double cost, double metric = 0) {
    return Value(TryReport({KeyOf(trial), /*time_seconds=*/cost / 10, cost, metric, epoch}));
  }

  // Reports epoch after epoch until the target is reached.
  void Converge(const Trial& trial, int64_t epochs, double epoch_cost) {
    for (int64_t epoch = 1; epoch <= epochs; ++epoch) {
      const Verdict verdict =
          TakeReport(trial, epoch, static_cast<double>(epoch) * epoch_cost, epoch == epochs ? 1 : 0);
      REQUIRE(verdict.stop_train == (epoch == epochs));
    }
  }

  std::vector<CurvesSize> StoredSizes(const std::string& job_id = "job") {
    std::vector<CurvesSize> sizes;
    Read([&](ZeusService& service) {
      Value(service.GetJob(job_id));
      sizes = Value(service.GetCurvesSizes(job_id));
    });
    return sizes;
  }

  CurvesSize StoredSize(int64_t batch_size, const std::string& job_id = "job") {
    for (const CurvesSize& size : StoredSizes(job_id)) {
      if (size.batch_size == batch_size) return size;
    }
    FAIL("no such size");
    return {};
  }

  CurvesJob StoredCurves(const std::string& job_id = "job") { return StoredJob(job_id).curves.value(); }

  Trial Stored(const Trial& trial) { return StoredTrial(trial.batch_size, trial.trial_number, trial.job_id); }
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SERVER_SERVICE_CURVES_FIXTURE_H_
