// BatchSizeOptimizer.WatchJob as a client sees it.
#ifndef ZEUS_BSO_TESTS_SUPPORT_WATCH_H_
#define ZEUS_BSO_TESTS_SUPPORT_WATCH_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "catch2/catch.hpp"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

class Watch {
 public:
  explicit Watch(RpcClient& client, std::optional<v1::JobEvent> last_seen = std::nullopt,
                 const std::string& job_id = "job")
      : Watch(client.channel(), last_seen, job_id) {}

  Watch(const std::shared_ptr<grpc::Channel>& channel, std::optional<v1::JobEvent> last_seen, const std::string& job_id)
      : optimizer_(v1::BatchSizeOptimizer::NewStub(channel)) {
    v1::WatchJobRequest request;
    request.set_job_id(job_id);
    if (last_seen.has_value()) {
      request.mutable_seen()->set_job_uid(last_seen->job_uid());
      request.mutable_seen()->set_revision(last_seen->revision());
    }
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    stream_ = optimizer_->WatchJob(&context_, request);
  }

  ~Watch() { Cancel(); }

  void Cancel() { context_.TryCancel(); }

  // The next event, unless the stream has ended.
  std::optional<v1::JobEvent> TryNext() {
    v1::JobEvent event;
    if (!stream_->Read(&event)) return std::nullopt;
    return event;
  }

  // The next event; there must be one.
  v1::JobEvent Next() {
    const std::optional<v1::JobEvent> event = TryNext();
    REQUIRE(event.has_value());
    return *event;
  }

  // How the stream ended; it must have.
  Reply<v1::JobEvent> End() {
    REQUIRE_FALSE(TryNext().has_value());
    return {stream_->Finish(), {}};
  }

 private:
  std::unique_ptr<v1::BatchSizeOptimizer::Stub> optimizer_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<v1::JobEvent>> stream_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_WATCH_H_
