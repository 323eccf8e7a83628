#include "server/rpc/status.h"

#include <map>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "model/error.h"

namespace zeus::bso::rpc {
namespace {

constexpr char kErrorDomain[] = "zeus.bso";

google::rpc::ErrorInfo MakeErrorInfo(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  info.set_reason(ReasonNameOf(status));
  info.set_domain(kErrorDomain);
  for (const auto& [key, value] : MetadataOf(status)) (*info.mutable_metadata())[key] = value;
  return info;
}

google::rpc::BadRequest MakeBadRequest(const std::map<std::string, std::string>& rules) {
  google::rpc::BadRequest bad_request;
  for (const auto& [field, rule] : rules) {
    auto& violation = *bad_request.add_field_violations();
    violation.set_field(field);
    violation.set_description(rule);
  }
  return bad_request;
}

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  google::rpc::Status details;
  details.set_code(static_cast<int>(status.code()));
  details.set_message(std::string(status.message()));
  details.add_details()->PackFrom(MakeErrorInfo(status));
  const std::map<std::string, std::string> rules = FieldRulesOf(status);
  if (!rules.empty()) details.add_details()->PackFrom(MakeBadRequest(rules));
  status.ForEachPayload([&details](absl::string_view url, const absl::Cord& value) {
    if (!absl::StartsWith(url, "type.googleapis.com/")) return;
    auto& detail = *details.add_details();
    detail.set_type_url(std::string(url));
    detail.set_value(std::string(value));
  });
  return {static_cast<grpc::StatusCode>(status.code()), std::string(status.message()), details.SerializeAsString()};
}

}  // namespace zeus::bso::rpc
