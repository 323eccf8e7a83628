#include <deque>
#include <memory>

#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "tests/soak/loads.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"

namespace zeus::bso::testing {
namespace {

constexpr size_t kWatchers = 40;
constexpr double kNewWatchersPerSecond = 4;

// What a watcher is sent and does not read waits in its connection, until that is full; then in the server.
constexpr int kConnectionBytes = 4096;
// More than that are.
constexpr int kManyEvents = 1000;

std::shared_ptr<grpc::Channel> NarrowChannel(const std::string& address) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_HTTP2_STREAM_LOOKAHEAD_BYTES, kConnectionBytes);
  arguments.SetInt(GRPC_ARG_HTTP2_BDP_PROBE, 0);
  return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

class Watcher {
 public:
  Watcher(const std::string& address, const std::string& job_id) : stub_(NarrowChannel(address)) {
    v1::WatchJobRequest request;
    request.set_job_id(job_id);
    stream_ = stub_.WatchJob(&context_, request);
  }

  // Reads at last: whether it has missed something, as it must have.
  bool HasMissedChanges() {
    v1::JobEvent event;
    for (int i = 0; i < kManyEvents && stream_->Read(&event); ++i) {
      if (event.present_state().missed_changes()) return true;
    }
    return false;
  }

  grpc::Status Leave() {
    context_.TryCancel();
    return stream_->Finish();
  }

 private:
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
  bool missed = false;
  while (!watchers.empty()) {
    missed = missed || watchers.front()->HasMissedChanges();
    leave();
  }
  if (!missed) progress.Fail("WatchJob: who did not read has missed nothing");
}

}  // namespace zeus::bso::testing
