#include "tests/support/watch.h"

#include <chrono>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"

namespace zeus::bso::testing {

struct Watch::Stream {
  explicit Stream(const std::shared_ptr<grpc::Channel>& channel)
      : optimizer(v1::BatchSizeOptimizer::NewStub(channel)) {}

  std::unique_ptr<v1::BatchSizeOptimizer::Stub> optimizer;
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientReader<v1::JobEvent>> reader;
};

Watch::Watch(const std::shared_ptr<grpc::Channel>& channel, const std::optional<v1::JobEvent>& last_seen,
             const std::string& job_id)
    : stream_(std::make_unique<Stream>(channel)) {
  v1::WatchJobRequest request;
  request.set_job_id(job_id);
  if (last_seen.has_value()) {
    request.mutable_seen()->set_job_uid(last_seen->job_uid());
    request.mutable_seen()->set_revision(last_seen->revision());
  }
  stream_->context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  stream_->reader = stream_->optimizer->WatchJob(&stream_->context, request);
}

Watch::~Watch() { Cancel(); }

void Watch::Cancel() { stream_->context.TryCancel(); }

std::optional<v1::JobEvent> Watch::TryNext() {
  std::optional<v1::JobEvent> event = Read();
  while (event.has_value() && event->has_summary_changed()) event = Read();
  if (event.has_value() && event->has_present_state()) event->mutable_present_state()->mutable_job()->clear_summary();
  return event;
}

std::optional<v1::JobEvent> Watch::Read() {
  v1::JobEvent event;
  if (!stream_->reader->Read(&event)) return std::nullopt;
  return event;
}

grpc::Status Watch::Finish() { return stream_->reader->Finish(); }

}  // namespace zeus::bso::testing
