#include <deque>
#include <memory>

#include "grpcpp/client_context.h"
#include "tests/soak/loads.h"
#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {
namespace {

constexpr size_t kWatchers = 40;
constexpr double kNewWatchersPerSecond = 4;

class Watcher {
 public:
  Watcher(const std::string& address, const std::string& job_id) : client_(address), stub_(client_.channel()) {
    v1::WatchJobRequest request;
    request.set_job_id(job_id);
    stream_ = stub_.WatchJob(&context_, request);
  }

  grpc::Status Leave() {
    context_.TryCancel();
    return stream_->Finish();
  }

 private:
  RpcClient client_;
  v1::BatchSizeOptimizer::Stub stub_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::JobEvent>> stream_;
};

}  // namespace

void WatchWithoutReading(const std::string& address, const std::string& job_id, Progress& progress) {
  std::deque<std::unique_ptr<Watcher>> watchers;
  const auto leave = [&] {
    const grpc::Status status = watchers.front()->Leave();
    watchers.pop_front();
    // There is no such job for a moment, when it is registered anew.
    if (status.error_code() != grpc::StatusCode::NOT_FOUND) {
      progress.Expect("WatchJob", status, grpc::StatusCode::CANCELLED);
    }
    progress.Count(Deed::kWatcherAbandoned);
  };
  Pace pace(progress, kNewWatchersPerSecond);
  while (pace.Next()) {
    watchers.push_back(std::make_unique<Watcher>(address, job_id));
    if (watchers.size() > kWatchers) leave();
  }
  while (!watchers.empty()) leave();
}

}  // namespace zeus::bso::testing
