#include "server/http/connect/unary_methods.h"

#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "server/api/admission.h"
#include "server/api/methods.h"
#include "server/api/unary_call.h"

namespace zeus::bso::http {
namespace {

using google::protobuf::ServiceDescriptor;
using Methods = absl::flat_hash_map<std::string, UnaryMethod>;
using Message = UnaryMethod::Message;

template <typename Request, typename Response>
void Add(Methods& methods, const ServiceDescriptor& service, const char* name,
         api::Operation<Request, Response> method) {
  methods[absl::StrCat("/", service.full_name(), "/", name)] = {
      .descriptor = service.FindMethodByName(name),
      .new_request = []() -> std::unique_ptr<Message> { return std::make_unique<Request>(); },
      .new_response = []() -> std::unique_ptr<Message> { return std::make_unique<Response>(); },
      .admit = [](const api::Backend& backend,
                  const api::Caller& caller) { return api::Admit<Request>(backend, caller).status(); },
      .run =
          [method](const api::Backend& backend, const api::Caller& caller, const Message& request, Message& response,
                   UnaryMethod::Done done) {
            api::RunUnary(backend, caller, static_cast<const Request&>(request), static_cast<Response&>(response),
                          method, std::move(done));
          }};
}

Methods MakeMethods() {
  Methods methods;
  const ServiceDescriptor& optimizer =
      *v1::RegisterJobRequest::descriptor()->file()->FindServiceByName("BatchSizeOptimizer");
#define ZB_ADD(Method)                            \
  Add<v1::Method##Request, v1::Method##Response>( \
      methods, optimizer, #Method, {api::MethodId::kBatchSizeOptimizer##Method, &api::batch_size_optimizer::Method});
  ZB_BATCH_SIZE_OPTIMIZER_METHODS(ZB_ADD)
#undef ZB_ADD
  const ServiceDescriptor& zeus_service = *v1::GetJobRequest::descriptor()->file()->FindServiceByName("ZeusService");
#define ZB_ADD(Method)                                                           \
  Add<v1::Method##Request, v1::Method##Response>(methods, zeus_service, #Method, \
                                                 {api::MethodId::kZeusService##Method, &api::zeus_service::Method});
  ZB_ZEUS_SERVICE_METHODS(ZB_ADD)
#undef ZB_ADD
  return methods;
}

}  // namespace

const UnaryMethod* FindUnaryMethod(absl::string_view path) {
  static const Methods* const methods = new Methods(MakeMethods());
  const auto method = methods->find(path);
  return method != methods->end() ? &method->second : nullptr;
}

}  // namespace zeus::bso::http
