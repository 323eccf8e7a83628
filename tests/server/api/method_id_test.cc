#include "server/api/calls/method_id.h"

#include <cstddef>
#include <string>

#include "catch2/catch.hpp"
#include "google/protobuf/descriptor.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {
namespace {

std::string TypeOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) return method.server_streaming() ? "bidi_stream" : "client_stream";
  return method.server_streaming() ? "server_stream" : "unary";
}

TEST_CASE("Every method of both services has a number") {
  int num_methods = 0;
  for (const auto* const service :
       {v1::StartTrialRequest::descriptor()->file()->service(0), v1::GetJobRequest::descriptor()->file()->service(0)}) {
    num_methods += service->method_count();
  }
  CHECK(MethodNames().size() == static_cast<size_t>(num_methods));
  for (const MethodName& name : MethodNames()) {
    const auto* const method = google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
        std::string(name.service) + "." + std::string(name.method));
    CAPTURE(std::string(name.method));
    REQUIRE(method != nullptr);
    CHECK(TypeOf(*method) == name.type);
  }
}

TEST_CASE("A number finds the name of its method") {
  CHECK(MethodNames()[static_cast<size_t>(MethodId::kBatchSizeOptimizerDeleteJob)].service ==
        "zeus.bso.v1.BatchSizeOptimizer");
  CHECK(MethodNames()[static_cast<size_t>(MethodId::kZeusServiceDeleteJob)].service == "zeus.bso.v1.ZeusService");
  CHECK(MethodNames()[static_cast<size_t>(MethodId::kZeusServiceImportJob)].method == "ImportJob");
}

}  // namespace
}  // namespace zeus::bso::api
