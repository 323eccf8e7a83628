// Both services as plain functions: client.Call(&Optimizer::StartTrial, request) answers a response or a status.
#ifndef ZEUS_BSO_TESTS_SUPPORT_RPC_CLIENT_H_
#define ZEUS_BSO_TESTS_SUPPORT_RPC_CLIENT_H_

#include <chrono>
#include <memory>
#include <string>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::testing {

// What came back.
template <typename Response>
struct Reply {
  grpc::Status status;
  Response response;

  bool ok() const { return status.ok(); }

  // The detail of this type that the status carries, or an empty one.
  template <typename Detail>
  Detail detail() const {
    google::rpc::Status details;
    details.ParseFromString(status.error_details());
    Detail found;
    for (const auto& any : details.details()) {
      if (any.Is<Detail>()) any.UnpackTo(&found);
    }
    return found;
  }

  std::string reason() const { return detail<google::rpc::ErrorInfo>().reason(); }
};

class RpcClient {
 public:
  using Optimizer = v1::BatchSizeOptimizer::Stub;
  using Service = v1::ZeusService::Stub;

  // Waits for the server for as long as a call's deadline.
  explicit RpcClient(const std::string& address)
      : channel_(grpc::CreateChannel(address, grpc::InsecureChannelCredentials())),
        optimizer_(channel_),
        service_(channel_) {}

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  template <typename Request, typename Response>
  Reply<Response> Call(grpc::Status (Optimizer::*method)(grpc::ClientContext*, const Request&, Response*),
                       const Request& request) {
    return Call(optimizer_, method, request);
  }

  template <typename Request, typename Response>
  Reply<Response> Call(grpc::Status (Service::*method)(grpc::ClientContext*, const Request&, Response*),
                       const Request& request) {
    return Call(service_, method, request);
  }

 private:
  template <typename Stub, typename Request, typename Response>
  static Reply<Response> Call(Stub& stub, grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                              const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    Reply<Response> reply;
    reply.status = (stub.*method)(&context, request, &reply.response);
    return reply;
  }

  std::shared_ptr<grpc::Channel> channel_;
  Optimizer optimizer_;
  Service service_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_RPC_CLIENT_H_
