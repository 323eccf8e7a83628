#include "server/http/health/http2_call.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/http/exchange/probe.h"
#include "server/http/health/bounds.h"
#include "server/http/health/grpc_health.h"
#include "server/net/health_names.h"

namespace zeus::bso::http::health {
namespace {

// What HPACK counts for a field besides its name and value.
constexpr size_t kFieldBytes = 32;

HeaderList GrpcHead() { return {{":status", "200"}, {"content-type", "application/grpc"}}; }

// The codes of Abseil are gRPC's. No message of ours has a character that would have to be escaped.
void AddStatus(const absl::Status& status, HeaderList& list) {
  list.emplace_back("grpc-status", absl::StrCat(status.raw_code()));
  if (!status.ok()) list.emplace_back("grpc-message", std::string(status.message()));
}

Http2Call::Answer Failed(const absl::Status& status) {
  Http2Call::Answer answer{.head = GrpcHead()};
  AddStatus(status, answer.head);
  return answer;
}

}  // namespace

bool Http2Call::AddHeader(absl::string_view name, absl::string_view value) {
  num_head_bytes_ += name.size() + value.size() + kFieldBytes;
  if (name == ":method") method_ = std::string(value);
  if (name == ":path") path_ = std::string(value.substr(0, value.find('?')));
  if (name == "content-type") content_type_ = std::string(value);
  return num_head_bytes_ <= kMaxHeadBytes;
}

void Http2Call::AddData(absl::string_view bytes) {
  if (!is_answered_ && !IsTooLong()) absl::StrAppend(&message_, bytes);
}

bool Http2Call::IsGrpc() const { return absl::StartsWith(content_type_, "application/grpc"); }

bool Http2Call::IsHealthCall() const { return IsGrpc() && (path_ == kCheckPath || path_ == kWatchPath); }

// The client of any other gRPC call may wait for an answer before it ends its request. That of a probe may not expect
// one before.
bool Http2Call::CanAnswer() const {
  if (is_answered_) return false;
  return has_ended_ || IsTooLong() || (IsGrpc() && !IsHealthCall());
}

bool Http2Call::IsTooLong() const { return message_.size() > kMaxMessageBytes; }

Http2Call::Answer Http2Call::Begin() {
  is_answered_ = true;
  Answer answer = IsGrpc() ? BeginGrpc() : BeginProbe();
  message_.clear();
  return answer;
}

absl::StatusOr<std::string> Http2Call::Service() const {
  if (!IsHealthCall()) return absl::UnimplementedError("this address answers health checks only");
  if (IsTooLong()) return absl::ResourceExhaustedError("the message is too long for a health check");
  return ReadRequest(message_);
}

Http2Call::Answer Http2Call::BeginGrpc() {
  absl::StatusOr<std::string> service = Service();
  if (!service.ok()) return Failed(service.status());
  return path_ == kCheckPath ? BeginCheck(*service) : BeginWatch(*std::move(service));
}

Http2Call::Answer Http2Call::BeginCheck(const std::string& service) {
  const std::optional<bool> is_serving = net::IsServing(service, is_ready_);
  if (!is_serving.has_value()) return Failed(absl::NotFoundError("unknown service"));
  body_ = WriteResponse(is_serving);
  AddStatus(absl::OkStatus(), trailers_);
  return {.head = GrpcHead(), .has_body = true};
}

Http2Call::Answer Http2Call::BeginWatch(std::string service) {
  service_ = std::move(service);
  is_whole_ = false;
  return {.head = GrpcHead(), .has_body = true};
}

Http2Call::Answer Http2Call::BeginProbe() {
  Response response =
      IsProbe(path_) ? AnswerProbe(method_, path_, is_ready_) : MakeResponse(404, "text/plain", "not found\n");
  Answer answer{.head = {{":status", absl::StrCat(response.status)}, {"cache-control", "no-store"}},
                .has_body = method_ != "HEAD"};
  for (const auto& [name, value] : response.fields) answer.head.emplace_back(absl::AsciiStrToLower(name), value);
  if (answer.has_body) body_ = std::move(response.body);
  return answer;
}

size_t Http2Call::ReadBody(char* to, size_t max_bytes) {
  // Made no sooner than it can be sent: a reader that takes nothing costs nothing, and gets the present state later.
  if (body_.empty() && is_watch()) {
    const std::optional<bool> is_serving = net::IsServing(service_, is_ready_);
    if (!shown_.has_value() || *shown_ != is_serving) {
      shown_ = is_serving;
      body_ = WriteResponse(is_serving);
    }
  }
  const size_t length = body_.copy(to, max_bytes);
  body_.erase(0, length);
  return length;
}

}  // namespace zeus::bso::http::health
