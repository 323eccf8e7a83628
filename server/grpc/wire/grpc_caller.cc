#include "server/grpc/wire/grpc_caller.h"

#include <iterator>
#include <string>

#include "grpc/grpc_security_constants.h"

namespace zeus::bso::rpc {
namespace {

// Where gRPC keeps the names of a client's certificate. The alternative names of all kinds together, which it has too,
// would let an address pass for a DNS name.
constexpr const char* kNameProperties[] = {GRPC_PEER_DNS_PROPERTY_NAME, GRPC_PEER_URI_PROPERTY_NAME,
                                           GRPC_PEER_EMAIL_PROPERTY_NAME, GRPC_X509_CN_PROPERTY_NAME};

absl::string_view View(const grpc::string_ref& text) { return {text.data(), text.size()}; }

}  // namespace

api::TraceReader GrpcCaller::trace() const {
  return [&context = context_]() -> std::string {
    const auto [begin, end] = context.client_metadata().equal_range("traceparent");
    if (begin == end || std::next(begin) != end) return "";
    return api::TraceIdOf(View(begin->second));
  };
}

std::vector<absl::string_view> GrpcCaller::authorization() const {
  std::vector<absl::string_view> values;
  const auto [begin, end] = context_.client_metadata().equal_range("authorization");
  for (auto header = begin; header != end; ++header) values.push_back(View(header->second));
  return values;
}

std::optional<std::vector<absl::string_view>> GrpcCaller::certificate_names() const {
  if (peer_ == nullptr) peer_ = context_.auth_context();
  if (peer_ == nullptr || !peer_->IsPeerAuthenticated()) return std::nullopt;
  std::vector<absl::string_view> names;
  for (const char* const property : kNameProperties) {
    for (const grpc::string_ref& name : peer_->FindPropertyValues(property)) names.push_back(View(name));
  }
  return names;
}

}  // namespace zeus::bso::rpc
