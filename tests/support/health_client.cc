#include "tests/support/health_client.h"

#include <chrono>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "health/v1/health.grpc.pb.h"

namespace zeus::bso::testing {

using HealthResponse = grpc::health::v1::HealthCheckResponse;

std::string CheckHealth(const std::shared_ptr<grpc::Channel>& channel, const std::string& service) {
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

}  // namespace zeus::bso::testing
