#include "server/api/errors/error_details.h"

#include <map>
#include <string>

#include "absl/strings/cord.h"
#include "absl/strings/match.h"
#include "google/rpc/error_details.pb.h"
#include "model/error.h"

namespace zeus::bso::api {
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

google::rpc::Status ToRpcStatus(const absl::Status& status) {
  google::rpc::Status message;
  message.set_code(static_cast<int>(status.code()));
  message.set_message(std::string(status.message()));
  message.add_details()->PackFrom(MakeErrorInfo(status));
  const std::map<std::string, std::string> rules = FieldRulesOf(status);
  if (!rules.empty()) message.add_details()->PackFrom(MakeBadRequest(rules));
  status.ForEachPayload([&message](absl::string_view url, const absl::Cord& value) {
    if (!absl::StartsWith(url, "type.googleapis.com/")) return;
    auto& detail = *message.add_details();
    detail.set_type_url(std::string(url));
    detail.set_value(std::string(value));
  });
  return message;
}

}  // namespace zeus::bso::api
