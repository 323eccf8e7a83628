// Both services as plain functions: client.Call(&Optimizer::StartTrial, request) answers a response or a status.
#ifndef ZEUS_BSO_TESTS_SUPPORT_RPC_CLIENT_H_
#define ZEUS_BSO_TESTS_SUPPORT_RPC_CLIENT_H_

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::testing {

// What came back.
template <typename Response>
struct Reply {
  grpc::Status status;
  Response response;

  bool ok() const { return status.ok(); }
  grpc::StatusCode code() const { return status.error_code(); }

  // The details of this type that the status carries.
  template <typename Detail>
  std::vector<Detail> all_details() const {
    google::rpc::Status details;
    details.ParseFromString(status.error_details());
    std::vector<Detail> found;
    for (const auto& any : details.details()) {
      if (any.Is<Detail>()) any.UnpackTo(&found.emplace_back());
    }
    return found;
  }

  // The one detail of this type, or an empty one.
  template <typename Detail>
  Detail detail() const {
    const std::vector<Detail> found = all_details<Detail>();
    return found.empty() ? Detail() : found.front();
  }

  std::string reason() const { return detail<google::rpc::ErrorInfo>().reason(); }

  // The fields that the BadRequest names.
  std::vector<std::string> fields() const {
    const auto bad_request = detail<google::rpc::BadRequest>();
    std::vector<std::string> names;
    for (const auto& violation : bad_request.field_violations()) names.push_back(violation.field());
    return names;
  }
};

class RpcClient {
 public:
  using Optimizer = v1::BatchSizeOptimizer::Stub;
  using Service = v1::ZeusService::Stub;

  // A connection of its own: one that another client had to an earlier server at this address is not used again.
  explicit RpcClient(const std::string& address)
      : RpcClient(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), OwnConnection())) {}

  explicit RpcClient(const std::shared_ptr<grpc::Channel>& channel)
      : channel_(channel), optimizer_(channel_), service_(channel_) {}

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
  static grpc::ChannelArguments OwnConnection() {
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    // A server that is about to listen is not waited for longer than it takes.
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
    return arguments;
  }

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
