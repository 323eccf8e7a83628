// Jobs that start with the knowledge of others.
#ifndef ZEUS_BSO_TESTS_SERVER_GRPC_WARM_START_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_GRPC_WARM_START_FIXTURE_H_

#include <cstdint>
#include <string>

#include "tests/server/grpc/rpc_fixture.h"

namespace zeus::bso::rpc {

class WarmStartFixture : public RpcFixture {
 public:
  static constexpr double kMetricOfTarget = 1;

  // Totals of a trial.
  struct Usage {
    int64_t epochs = 0;
    double seconds = 0;
    double joules = 0;
  };

  // No result here depends on what survives a power loss.
  WarmStartFixture() : RpcFixture({}, storage::Durability::kAsync) {}

  static v1::JobSpec SpecOf(const std::string& job_id, v1::Policy policy = v1::POLICY_CURVES) {
    v1::JobSpec spec = testing::MakeSpecMessage(job_id);
    spec.set_policy(policy);
    return spec;
  }

  testing::Reply<v1::RegisterJobResponse> RegisterFrom(const v1::JobSpec& spec, const std::string& warm_start) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = spec;
    request.set_warm_start(warm_start);
    return Call(Optimizer::RegisterJob, request);
  }

  // Trains this many times: ten epochs, whose cost grows with the batch size.
  void Train(const std::string& job_id, int times) {
    for (int i = 0; i < times; ++i) {
      const v1::Trial trial = StartTrial(job_id);
      const auto size = static_cast<double>(trial.batch_size());
      CHECK(Report(trial, {.epochs = 10, .seconds = 10 * size, .joules = 100 * size}, kMetricOfTarget).stop_train());
    }
  }

  // Reaches the target.
  void Converge(const v1::Trial& trial, const Usage& usage) {
    CHECK(Report(trial, usage, kMetricOfTarget).converged());
  }

  v1::ReportResultResponse Report(const v1::Trial& trial, const Usage& usage, double metric) {
    auto request = OfTrial<v1::ReportResultRequest>(trial);
    request.set_time_seconds(usage.seconds);
    request.set_energy_joules(usage.joules);
    request.set_metric(metric);
    request.set_current_epoch(usage.epochs);
    return Answer(Call(Optimizer::ReportResult, request));
  }

  v1::ExplainJobResponse Explain(const std::string& job_id) {
    return Answer(Call(Optimizer::ExplainJob, OfJob<v1::ExplainJobRequest>(job_id)));
  }

  // A job of the curves policy that has learned that 16 is the best, and how much it costs.
  void MakeSource() {
    Answer(Register(SpecOf("source")));
    Train("source", 12);
    REQUIRE(Explain("source").best_batch_size() == 16);
  }
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_TESTS_SERVER_GRPC_WARM_START_FIXTURE_H_
