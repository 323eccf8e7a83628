#include "server/http/connect/connect_unary.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/http/connect/codec.h"
#include "server/http/connect/error.h"
#include "server/http/connect/headers.h"
#include "server/http/connect/unary_methods.h"
#include "server/http/exchange/http_caller.h"
#include "server/http/exchange/simple_response.h"
#include "server/http/exchange/url.h"

namespace zeus::bso::http {
namespace {

// A message as it travels.
struct Encoded {
  Codec codec = Codec::kJson;
  std::string bytes;
};

// A call that is under way.
struct Call {
  Codec codec;
  std::unique_ptr<google::protobuf::Message> request;
  std::unique_ptr<google::protobuf::Message> response;
  Respond respond;
};

Response ErrorResponse(const absl::Status& error) {
  return MakeResponse(HttpStatusOf(error.code()), "application/json", ErrorJson(error));
}

// Why the HTTP request is no call of the method; nothing: it may be one.
std::optional<Response> RefusalOf(const UnaryMethod& method, const Request& request) {
  Response refusal;
  if (request.method == "GET" && !method.has_side_effects()) return std::nullopt;
  if (request.method != "POST") {
    refusal.status = 405;
    refusal.fields.Add("Allow", method.has_side_effects() ? "POST" : "GET, POST");
    return refusal;
  }
  if (CodecOf(CallKind::kUnary, request.fields).has_value()) return std::nullopt;
  refusal.status = 415;
  refusal.fields.Add("Accept-Post", "application/json, application/proto");
  return refusal;
}

// The message in the query of a GET.
absl::StatusOr<Encoded> FromQuery(absl::string_view text) {
  const auto query = ParseQuery(text);
  const std::optional<std::string> message = LastOf(query, "message");
  const std::optional<std::string> encoding = LastOf(query, "encoding");
  if (!message.has_value() || !encoding.has_value()) {
    return MakeError(Reason::kInvalidField, "the query must have the parameters message and encoding");
  }
  if (LastOf(query, "connect").value_or("v1") != "v1") {
    return MakeError(Reason::kInvalidField, "the parameter connect must be v1");
  }
  if (LastOf(query, "compression").value_or("identity") != "identity") {
    return absl::UnimplementedError("the parameter compression must be identity, or absent");
  }
  if (*encoding != "json" && *encoding != "proto") {
    return MakeError(Reason::kInvalidField, "the parameter encoding must be json or proto");
  }
  Encoded encoded{.codec = *encoding == "json" ? Codec::kJson : Codec::kProto, .bytes = *message};
  if (LastOf(query, "base64") != "1") return encoded;
  if (!absl::WebSafeBase64Unescape(*message, &encoded.bytes)) {
    return MakeError(Reason::kInvalidField, "the parameter message must be base64 for URLs, as base64 is 1");
  }
  return encoded;
}

absl::StatusOr<Encoded> EncodedOf(const Request& request) {
  if (request.method == "GET") return FromQuery(request.query);
  return Encoded{.codec = *CodecOf(CallKind::kUnary, request.fields), .bytes = request.body};
}

// Parses a request. What it is answered to is in the call from then on.
absl::StatusOr<std::shared_ptr<Call>> Parse(const UnaryMethod& method, const Request& request) {
  ZB_ASSIGN_OR_RETURN(const Encoded encoded, EncodedOf(request));
  auto call = std::make_shared<Call>();
  call->codec = encoded.codec;
  call->request = method.new_request();
  call->response = method.new_response();
  ZB_RETURN_IF_ERROR(ParseMessage(encoded.codec, encoded.bytes, *call->request));
  return call;
}

Response Print(const Call& call, const absl::Status& status) {
  if (!status.ok()) return ErrorResponse(status);
  absl::StatusOr<std::string> printed = PrintMessage(call.codec, *call.response);
  if (!printed.ok()) return ErrorResponse(printed.status());
  return MakeResponse(200, ContentType(CallKind::kUnary, call.codec), *std::move(printed));
}

}  // namespace

bool ConnectUnary::Serves(absl::string_view path) { return FindUnaryMethod(path) != nullptr; }

void ConnectUnary::Handle(const Request& request, Respond respond) {
  const UnaryMethod& method = *FindUnaryMethod(request.path);
  if (std::optional<Response> refusal = RefusalOf(method, request); refusal.has_value()) {
    return std::move(respond)(*std::move(refusal));
  }
  const absl::StatusOr<absl::Duration> timeout = CheckHeaders(CallKind::kUnary, request.fields);
  if (!timeout.ok()) return std::move(respond)(ErrorResponse(timeout.status()));
  const HttpCaller caller(request, DeadlineAfter(*timeout));
  const absl::StatusOr<std::shared_ptr<Call>> parsed = Parse(method, request);
  if (!parsed.ok()) {
    // Who may not call it does not learn what is wrong with the request.
    const absl::Status admitted = method.admit(backend_, caller);
    return std::move(respond)(ErrorResponse(admitted.ok() ? parsed.status() : admitted));
  }
  const std::shared_ptr<Call>& call = *parsed;
  call->respond = std::move(respond);
  method.run(backend_, caller, *call->request, *call->response, [this, call](const absl::Status& status) {
    workers_.Do([call, status] { std::move(call->respond)(Print(*call, status)); });
  });
}

}  // namespace zeus::bso::http
