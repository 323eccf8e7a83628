#include "tests/support/generic_call.h"

#include <chrono>
#include <utility>

#include "absl/synchronization/notification.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/generic/generic_stub.h"
#include "grpcpp/support/byte_buffer.h"

namespace zeus::bso::testing {

Reply<std::string> GenericCall(const std::shared_ptr<grpc::Channel>& channel, const std::string& method,
                               const CallMetadata& metadata, const std::string& request) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  for (const auto& [name, value] : metadata) context.AddMetadata(name, value);
  const grpc::Slice slice(request);
  const grpc::ByteBuffer bytes(&slice, 1);
  grpc::ByteBuffer response;
  grpc::Status status;
  absl::Notification finished;
  grpc::GenericStub stub(channel);
  stub.UnaryCall(&context, method, {}, &bytes, &response, [&](grpc::Status outcome) {
    status = std::move(outcome);
    finished.Notify();
  });
  finished.WaitForNotification();
  grpc::Slice joined;
  std::string text;
  if (status.ok() && response.DumpToSingleSlice(&joined).ok()) {
    text.assign(reinterpret_cast<const char*>(joined.begin()), joined.size());
  }
  return {status, text};
}

Reply<std::string> ListServices(const std::shared_ptr<grpc::Channel>& channel, const CallMetadata& metadata) {
  // A ServerReflectionRequest with an empty list_services, its field 7.
  return GenericCall(channel, "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", metadata,
                     std::string("\x3a\x00", 2));
}

}  // namespace zeus::bso::testing
