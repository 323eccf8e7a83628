// The client's side of gRPC's health service.
#ifndef ZEUS_BSO_TESTS_SERVER_RPC_HEALTH_CLIENT_H_
#define ZEUS_BSO_TESTS_SERVER_RPC_HEALTH_CLIENT_H_

#include <chrono>
#include <memory>
#include <string>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "health/v1/health.grpc.pb.h"

namespace zeus::bso::rpc {

using HealthResponse = grpc::health::v1::HealthCheckResponse;

// What a health check of `service` answers, as "SERVING" or the name of the error; empty: the whole server.
inline std::string CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service = "") {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  grpc::health::v1::HealthCheckRequest request;
  request.set_service(service);
  HealthResponse response;
  const grpc::Status status = grpc::health::v1::Health::NewStub(channel)->Check(&context, request, &response);
  if (status.ok()) return HealthResponse::ServingStatus_Name(response.status());
  if (status.error_code() == grpc::NOT_FOUND) return "NOT_FOUND";
  return status.error_code() == grpc::UNAVAILABLE ? "UNAVAILABLE" : status.error_message();
}

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_TESTS_SERVER_RPC_HEALTH_CLIENT_H_
