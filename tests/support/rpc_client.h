// Both services as plain functions: client.Call(Optimizer::StartTrial, request) answers a response or a status.
#ifndef ZEUS_BSO_TESTS_SUPPORT_RPC_CLIENT_H_
#define ZEUS_BSO_TESTS_SUPPORT_RPC_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "grpcpp/support/status.h"
#include "tests/support/rpc_methods.h"

namespace grpc {
class Channel;
}  // namespace grpc

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
  using Optimizer = OptimizerMethods;
  using Service = ZeusServiceMethods;

  // A connection of its own, which does not reuse one to an earlier server at this address.
  explicit RpcClient(const std::string& address);

  explicit RpcClient(std::shared_ptr<grpc::Channel> channel);

  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }

  // Calls a method and waits for its answer, a minute at most.
  template <typename Request, typename Response>
  Reply<Response> Call(RpcMethod<Request, Response> method, const Request& request) {
    Reply<Response> reply;
    reply.status = Call(method.path, request, reply.response);
    return reply;
  }

 private:
  grpc::Status Call(const char* path, const google::protobuf::Message& request, google::protobuf::Message& response);

  std::shared_ptr<grpc::Channel> channel_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_RPC_CLIENT_H_
