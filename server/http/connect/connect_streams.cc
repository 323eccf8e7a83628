#include "server/http/connect/connect_streams.h"

#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.h"
#include "model/status_macros.h"
#include "server/api/admission.h"
#include "server/api/calls/call_record.h"
#include "server/http/connect/envelope.h"
#include "server/http/connect/export_body.h"
#include "server/http/connect/headers.h"
#include "server/http/connect/import_upload.h"
#include "server/http/connect/stream_response.h"
#include "server/http/connect/watch_body.h"
#include "server/http/exchange/http_caller.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::http {
namespace {

using google::protobuf::FileDescriptor;
using google::protobuf::MethodDescriptor;
using google::protobuf::ServiceDescriptor;

// The streaming method of a path; null: there is none.
const MethodDescriptor* FindMethod(absl::string_view path) {
  for (const FileDescriptor* const file :
       {v1::WatchJobRequest::descriptor()->file(), v1::ExportJobRequest::descriptor()->file()}) {
    for (int i = 0; i < file->service_count(); ++i) {
      const ServiceDescriptor& service = *file->service(i);
      absl::string_view name = path;
      if (!absl::ConsumePrefix(&name, "/") || !absl::ConsumePrefix(&name, service.full_name()) ||
          !absl::ConsumePrefix(&name, "/")) {
        continue;
      }
      const MethodDescriptor* const method = service.FindMethodByName(std::string(name));
      if (method == nullptr || !(method->client_streaming() || method->server_streaming())) return nullptr;
      return method;
    }
  }
  return nullptr;
}

template <typename Message>
bool Takes(const MethodDescriptor& method) {
  return method.input_type() == Message::descriptor();
}

// Fills `message` from the one envelope of a request. Errors: those of OnlyMessage and ParseMessage.
absl::Status ParseOnlyMessage(Codec codec, const std::string& body, google::protobuf::Message& message) {
  ZB_ASSIGN_OR_RETURN(const std::string bytes, OnlyMessage(body));
  return ParseMessage(codec, bytes, message);
}

// The response if this HTTP request cannot call a stream; nothing: it can.
std::optional<Response> Refusal(const Request& request) {
  Response response;
  if (request.method != "POST") {
    response.status = 405;
    response.fields.Add("Allow", "POST");
    return response;
  }
  if (!CodecOf(CallKind::kStream, request.fields).has_value()) {
    response.status = 415;
    response.fields.Add("Accept-Post", "application/connect+json, application/connect+proto");
    return response;
  }
  return std::nullopt;
}

// Drops the body of a request that has its response.
class Unread final : public Upload {
 public:
  void Take(std::string /*part*/, OnTaken /*on_taken*/) override {}
  void Finish() override {}
};

}  // namespace

bool ConnectStreams::Serves(absl::string_view path) { return FindMethod(path) != nullptr; }

bool ConnectStreams::TakesUpload(const Request& head) {
  const MethodDescriptor* const method = FindMethod(head.path);
  return method != nullptr && method->client_streaming() && !method->server_streaming();
}

void ConnectStreams::Handle(Request request, Respond respond) {
  if (std::optional<Response> refusal = Refusal(request); refusal.has_value()) {
    return std::move(respond)(*std::move(refusal));
  }
  const Codec codec = *CodecOf(CallKind::kStream, request.fields);
  const absl::StatusOr<absl::Duration> timeout = CheckHeaders(CallKind::kStream, request.fields);
  if (!timeout.ok()) return std::move(respond)(EndOnly(codec, timeout.status()));
  workers_.Do([this, call = Call{codec, *timeout}, request = std::move(request),
               respond = std::move(respond)]() mutable { std::move(respond)(Serve(request, call)); });
}

Response ConnectStreams::Serve(const Request& request, const Call& call) {
  const MethodDescriptor& method = *FindMethod(request.path);
  if (Takes<v1::WatchJobRequest>(method)) return Watch(request, call);
  if (Takes<v1::ExportJobRequest>(method)) return Export(request, call);
  return EndOnly(call.codec, absl::UnimplementedError("this method is served over gRPC only"));
}

Response ConnectStreams::Watch(const Request& request, const Call& call) {
  v1::WatchJobRequest message;
  if (const absl::Status status = ParseOnlyMessage(call.codec, request.body, message); !status.ok()) {
    return EndOnly(call.codec, status);
  }
  const HttpCaller caller(request, DeadlineAfter(call.timeout));
  auto watch = api::JobWatch::Start(backend_.store, backend_.watchers, message,
                                    api::AdmitRequest(backend_, caller, message).status(),
                                    {backend_.monitor, caller, api::MethodId::kBatchSizeOptimizerWatchJob});
  auto timer = StopAfter(deadlines_, call.timeout, watch);
  Response response = StreamResponse(call.codec);
  response.stream = std::make_unique<WatchBody>(std::move(watch), std::move(timer), call.codec, workers_);
  return response;
}

Response ConnectStreams::Export(const Request& request, const Call& call) {
  v1::ExportJobRequest message;
  if (const absl::Status status = ParseOnlyMessage(call.codec, request.body, message); !status.ok()) {
    return EndOnly(call.codec, status);
  }
  const HttpCaller caller(request, DeadlineAfter(call.timeout));
  auto stream = api::ExportStream::Start(backend_.store, backend_.memory.reports, open_.sessions, message,
                                         api::AdmitRequest(backend_, caller, message).status(),
                                         {backend_.monitor, caller, api::MethodId::kZeusServiceExportJob});
  auto timer = StopAfter(deadlines_, call.timeout, stream);
  Response response = StreamResponse(call.codec);
  response.stream = std::make_unique<ExportBody>(std::move(stream), std::move(timer), call.codec, workers_);
  return response;
}

std::unique_ptr<Upload> ConnectStreams::BeginUpload(const Request& head, Respond respond) {
  if (std::optional<Response> refusal = Refusal(head); refusal.has_value()) {
    std::move(respond)(*std::move(refusal));
    return std::make_unique<Unread>();
  }
  const Codec codec = *CodecOf(CallKind::kStream, head.fields);
  const absl::StatusOr<absl::Duration> timeout = CheckHeaders(CallKind::kStream, head.fields);
  if (!timeout.ok()) {
    std::move(respond)(EndOnly(codec, timeout.status()));
    return std::make_unique<Unread>();
  }
  const HttpCaller caller(head, DeadlineAfter(*timeout));
  return std::make_unique<ImportUpload>(
      api::ImportStream::Parts{backend_.store, backend_.clock, backend_.limits, open_.imports},
      api::Admit<v1::JobRecord>(backend_, caller),
      api::CallRecord(backend_.monitor, caller, api::MethodId::kZeusServiceImportJob), codec, *timeout, workers_,
      deadlines_, std::move(respond));
}

}  // namespace zeus::bso::http
