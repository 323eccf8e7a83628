#include "server/http/connect/error.h"

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "model/error.h"
#include "nlohmann/json.hpp"
#include "server/api/errors/error_details.h"

namespace zeus::bso::http {
namespace {

using Json = nlohmann::ordered_json;

// The protocol's name of a code: gRPC's in lower case, with one l in "canceled".
std::string CodeName(absl::StatusCode code) {
  if (code == absl::StatusCode::kCancelled) return "canceled";
  return absl::AsciiStrToLower(absl::StatusCodeToString(code));
}

std::string Unpadded(absl::string_view base64) { return std::string(base64.substr(0, base64.find('='))); }

// Errors of the protocol itself have no reason. ToRpcStatus would give them INTERNAL, a defect of the server.
bool HasReasonOfOurs(const absl::Status& error) {
  return error.code() == absl::StatusCode::kInternal || !HasReason(error, Reason::kInternal);
}

std::string Print(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

int HttpStatusOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kFailedPrecondition:
    case absl::StatusCode::kOutOfRange:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

std::string ErrorJson(const absl::Status& error) {
  Json json = {{"code", CodeName(error.code())}, {"message", std::string(error.message())}};
  if (!HasReasonOfOurs(error)) return Print(json);
  const google::rpc::Status message = api::ToRpcStatus(error);
  for (const google::protobuf::Any& detail : message.details()) {
    json["details"].push_back({{"type", std::string(absl::StripPrefix(detail.type_url(), "type.googleapis.com/"))},
                               {"value", Unpadded(absl::Base64Escape(detail.value()))}});
  }
  return Print(json);
}

}  // namespace zeus::bso::http
