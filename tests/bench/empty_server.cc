// zeus_bso_empty_server CERTIFICATE KEY ADDRESS...: serves the empty call on the gRPC stack of the real server, until
// it is killed.
#include <unistd.h>

#include <iostream>
#include <string>
#include <vector>

#include "absl/synchronization/mutex.h"
#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/allocator.h"
#include "server/grpc/listener/grpc_server.h"
#include "tests/bench/empty.grpc.pb.h"

namespace {

class EmptyService : public zeus::bso::bench::Empty::CallbackService {
 public:
  grpc::ServerUnaryReactor* Call(grpc::CallbackServerContext* context, const zeus::bso::bench::EmptyRequest*,
                                 zeus::bso::bench::EmptyResponse*) override {
    grpc::ServerUnaryReactor* const reactor = context->DefaultReactor();
    reactor->Finish(grpc::Status::OK);
    return reactor;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "usage: zeus_bso_empty_server CERTIFICATE KEY ADDRESS...\n";
    return 1;
  }
  // As the real server does.
  zeus::bso::SetUpAllocator();
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  EmptyService service;
  const auto started = zeus::bso::rpc::StartGrpcServer(
      {.listen = std::vector<std::string>(argv + 3, argv + argc),
       .tls = zeus::bso::net::TlsFiles{.certificate_chain = argv[1], .private_key = argv[2]}},
      {&service});
  if (!started.ok()) {
    std::cerr << started.status().message() << "\n";
    return 1;
  }
  for (const std::string& address : started->addresses) std::cerr << "listening on " << address << std::endl;
  pause();
  return 0;
}
