#include <optional>
#include <random>

#include "absl/strings/str_cat.h"
#include "tests/soak/loads.h"
#include "tests/support/rpc_client.h"
#include "tests/support/watch.h"

namespace zeus::bso::testing {
namespace {

using Optimizer = RpcClient::Optimizer;
using Service = RpcClient::Service;

constexpr double kCallsPerSecond = 500;  // Of one thread.
constexpr grpc::StatusCode kNotFound = grpc::StatusCode::NOT_FOUND;

class Caller {
 public:
  Caller(const std::string& address, uint32_t seed, Progress& progress)
      : client_(address), random_(seed), progress_(progress) {}

  // The calls of a training loop, of a person and of a policy.
  void Call(int kind) {
    switch (kind % 10) {
      case 0:
        return Check(Optimizer::StartTrial, Of<v1::StartTrialRequest>());
      case 1:
        return Check(Optimizer::ReportResult, OfTrial<v1::ReportResultRequest>());
      case 2:
        return Check(Optimizer::EndTrial, OfTrial<v1::EndTrialRequest>());
      case 3:
        return Check(Optimizer::DeleteJob, Of<v1::DeleteJobRequest>());
      case 4:
        return Check(Optimizer::ListTrials, Of<v1::ListTrialsRequest>());
      case 5:
        return WatchUntilRefused();
      case 6:
        return Check(Service::GetJob, Of<v1::GetJobRequest>(), grpc::StatusCode::OK);
      case 7:
        return Check(Service::GetTrial, OfTrial<v1::GetTrialRequest>(), grpc::StatusCode::OK);
      case 8:
        return Check(Service::GetNormal, Of<v1::GetNormalRequest>());
      default:
        return CreateTrial();
    }
  }

 private:
  template <typename Request>
  Request Of() {
    Request request;
    request.set_job_id(absl::StrCat("missing-", absl::Hex(random_(), absl::kZeroPad16)));
    return request;
  }

  template <typename Request>
  Request OfTrial() {
    Request request = Of<Request>();
    request.set_batch_size(32);
    request.set_trial_number(1);
    return request;
  }

  template <typename Method, typename Request>
  void Check(Method method, const Request& request, grpc::StatusCode code = kNotFound) {
    progress_.Expect(Request::descriptor()->name(), client_.Call(method, request).status, code);
  }

  void CreateTrial() {
    auto request = Of<v1::CreateTrialRequest>();
    request.set_batch_size(32);
    request.set_type(v1::TRIAL_TYPE_MAB);
    Check(Service::CreateTrial, request);
  }

  void WatchUntilRefused() {
    Watch watch(client_, std::nullopt, Of<v1::WatchJobRequest>().job_id());
    while (watch.TryNext().has_value()) {
    }
    progress_.Expect("WatchJob", watch.Finish(), kNotFound);
  }

  RpcClient client_;
  std::mt19937_64 random_;
  Progress& progress_;
};

}  // namespace

void CallForMissingJobs(const std::string& address, uint32_t seed, Progress& progress) {
  Caller caller(address, seed, progress);
  Pace pace(progress, kCallsPerSecond);
  for (int kind = 0; pace.Next(); ++kind) {
    caller.Call(kind);
    progress.Count(Deed::kMissingCall);
  }
}

}  // namespace zeus::bso::testing
