// Server reflection, by which grpcurl and its like learn the API.
#include <algorithm>
#include <string>
#include <vector>

#include "google/protobuf/descriptor.h"
#include "google/protobuf/descriptor.pb.h"
#include "google/protobuf/message.h"
#include "google/protobuf/text_format.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/generic_call.h"

namespace zeus::bso::rpc {
namespace {

using google::protobuf::Message;

// A message of the reflection service. Debian ships its classes within a library, without their headers: they are
// reached by name.
std::unique_ptr<Message> NewMessage(const std::string& name) {
  const auto* const descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName("grpc.reflection.v1alpha." + name);
  REQUIRE(descriptor != nullptr);
  return std::unique_ptr<Message>(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
}

class ReflectionFixture : public RpcFixture {
 public:
  // What the service answers to this request, in text format.
  std::unique_ptr<Message> Ask(const std::string& request_text) {
    const auto request = NewMessage("ServerReflectionRequest");
    REQUIRE(google::protobuf::TextFormat::ParseFromString(request_text, request.get()));
    auto response = NewMessage("ServerReflectionResponse");
    // A stream of one request and one answer looks like a unary call.
    const auto reply =
        testing::GenericCall(client().channel(), "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo", {},
                             request->SerializeAsString());
    INFO(reply.status.error_message());
    REQUIRE(reply.ok());
    REQUIRE(response->ParseFromString(reply.response));
    return response;
  }
};

// The one message in this field of another.
const Message& Inner(const Message& message, const std::string& field) {
  const auto* const descriptor = message.GetDescriptor()->FindFieldByName(field);
  REQUIRE(message.GetReflection()->HasField(message, descriptor));
  return message.GetReflection()->GetMessage(message, descriptor);
}

// The files, in the answer to a question for a file.
std::vector<google::protobuf::FileDescriptorProto> Files(const Message& response) {
  const Message& files = Inner(response, "file_descriptor_response");
  const auto* const field = files.GetDescriptor()->FindFieldByName("file_descriptor_proto");
  std::vector<google::protobuf::FileDescriptorProto> parsed;
  for (int i = 0; i < files.GetReflection()->FieldSize(files, field); ++i) {
    REQUIRE(parsed.emplace_back().ParseFromString(files.GetReflection()->GetRepeatedString(files, field, i)));
  }
  REQUIRE_FALSE(parsed.empty());
  return parsed;
}

std::vector<std::string> Services(const Message& response) {
  const Message& list = Inner(response, "list_services_response");
  const auto* const field = list.GetDescriptor()->FindFieldByName("service");
  std::vector<std::string> names;
  for (int i = 0; i < list.GetReflection()->FieldSize(list, field); ++i) {
    const Message& service = list.GetReflection()->GetRepeatedMessage(list, field, i);
    names.push_back(service.GetReflection()->GetString(service, service.GetDescriptor()->FindFieldByName("name")));
  }
  std::sort(names.begin(), names.end());
  return names;
}

TEST_CASE_METHOD(ReflectionFixture, "Reflection lists both services and those of gRPC") {
  CHECK(Services(*Ask("list_services: ''")) ==
        std::vector<std::string>{"grpc.health.v1.Health", "grpc.reflection.v1alpha.ServerReflection",
                                 "zeus.bso.v1.BatchSizeOptimizer", "zeus.bso.v1.ZeusService"});
}

TEST_CASE_METHOD(ReflectionFixture, "Reflection shows the files of both services, with every method") {
  for (const auto* const service : {Optimizer::kService, Service::kService}) {
    CAPTURE(service);
    const auto file = Files(*Ask("file_containing_symbol: '" + std::string(service) + "'")).front();
    CHECK(file.package() == "zeus.bso.v1");
    REQUIRE(file.service_size() == 1);
    const auto* const expected = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
    CHECK(file.service(0).method_size() == expected->method_count());
  }
}

TEST_CASE_METHOD(ReflectionFixture, "Reflection shows everything that the files of the API stand on") {
  for (const std::string path : {"zeus/bso/v1/resources.proto", "zeus/bso/v1/batch_size_optimizer.proto",
                                 "zeus/bso/v1/zeus_service.proto", "google/protobuf/timestamp.proto"}) {
    CAPTURE(path);
    CHECK(Files(*Ask("file_by_filename: '" + path + "'")).front().name() == path);
  }
}

TEST_CASE_METHOD(ReflectionFixture, "Reflection shows the health service, so that it can be called by hand") {
  const auto file = Files(*Ask("file_containing_symbol: 'grpc.health.v1.Health'")).front();
  CHECK(file.package() == "grpc.health.v1");
}

TEST_CASE_METHOD(ReflectionFixture, "Reflection answers for a symbol that is none with an error") {
  CHECK(Inner(*Ask("file_containing_symbol: 'zeus.bso.v1.Nothing'"), "error_response").ByteSizeLong() > 0);
}

}  // namespace
}  // namespace zeus::bso::rpc
