#include "tests/support/rpc_client.h"

#include <utility>

#include "grpcpp/channel.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "grpcpp/support/channel_arguments.h"
#include "tests/support/generic_call.h"

namespace zeus::bso::testing {
namespace {

grpc::ChannelArguments OwnConnection() {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  // Find a server that is about to listen soon after it does.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 20);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 100);
  return arguments;
}

}  // namespace

RpcClient::RpcClient(const std::string& address)
    : RpcClient(grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), OwnConnection())) {}

RpcClient::RpcClient(std::shared_ptr<grpc::Channel> channel) : channel_(std::move(channel)) {}

grpc::Status RpcClient::Call(const char* path, const google::protobuf::Message& request,
                             google::protobuf::Message& response) {
  const Reply<std::string> reply = GenericCall(channel_, path, {}, request.SerializeAsString());
  if (!reply.ok() || response.ParseFromString(reply.response)) return reply.status;
  return {grpc::StatusCode::INTERNAL, "the answer is not a " + response.GetTypeName()};
}

}  // namespace zeus::bso::testing
