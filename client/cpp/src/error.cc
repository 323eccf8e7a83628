#include "zeus/bso/error.h"

#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "client/cpp/src/wire_fields.h"

namespace zeus::bso {
namespace {

using client_internal::WireField;
using client_internal::WireFields;

// Field numbers of google.rpc, of maps and of BadRequest.FieldViolation.
constexpr char kErrorInfo[] = "type.googleapis.com/google.rpc.ErrorInfo";
constexpr int kReason = 1;
constexpr int kMetadata = 3;
constexpr int kKey = 1;
constexpr int kValue = 2;
constexpr char kBadRequest[] = "type.googleapis.com/google.rpc.BadRequest";
constexpr int kFieldViolations = 1;
constexpr int kField = 1;
constexpr int kDescription = 2;

std::string Payload(const absl::Status& status, absl::string_view url) {
  const absl::optional<absl::Cord> payload = status.GetPayload(url);
  return payload.has_value() ? std::string(*payload) : "";
}

}  // namespace

std::string ErrorReason(const absl::Status& status) { return WireField(Payload(status, kErrorInfo), kReason); }

std::map<std::string, std::string> ErrorMetadata(const absl::Status& status) {
  std::map<std::string, std::string> metadata;
  for (const std::string& entry : WireFields(Payload(status, kErrorInfo), kMetadata)) {
    metadata[WireField(entry, kKey)] = WireField(entry, kValue);
  }
  return metadata;
}

std::vector<FieldViolation> FieldViolations(const absl::Status& status) {
  std::vector<FieldViolation> violations;
  for (const std::string& violation : WireFields(Payload(status, kBadRequest), kFieldViolations)) {
    violations.push_back({.field = WireField(violation, kField), .description = WireField(violation, kDescription)});
  }
  return violations;
}

}  // namespace zeus::bso
