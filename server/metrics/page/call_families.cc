#include "server/metrics/page/call_families.h"

#include <array>
#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/api/calls/method_id.h"

namespace zeus::bso::metrics {
namespace {

// As gRPC's interceptors for Prometheus name them, in the order of the codes.
constexpr std::array<absl::string_view, CallCounts::kNumCodes> kCodeNames = {
    "OK",       "Canceled",       "Unknown",          "InvalidArgument",   "DeadlineExceeded",
    "NotFound", "AlreadyExists",  "PermissionDenied", "ResourceExhausted", "FailedPrecondition",
    "Aborted",  "OutOfRange",     "Unimplemented",    "Internal",          "Unavailable",
    "DataLoss", "Unauthenticated"};

// The names of labels: "grpc_method" or "method", and so on.
struct LabelNames {
  std::string type;
  std::string service;
  std::string method;
  std::string code;
};

Labels LabelsOf(const LabelNames& names, const api::MethodName& method) {
  return {{names.type, method.type}, {names.service, method.service}, {names.method, method.method}};
}

}  // namespace

void AddCalls(absl::string_view transport, absl::string_view label_prefix, const CallCounts& counts,
              Families& families) {
  const LabelNames names{.type = absl::StrCat(label_prefix, "type"),
                         .service = absl::StrCat(label_prefix, "service"),
                         .method = absl::StrCat(label_prefix, "method"),
                         .code = absl::StrCat(label_prefix, "code")};
  const std::span<const api::MethodName> methods = api::MethodNames();
  std::vector<CallCounts::Totals> totals;
  for (size_t i = 0; i < methods.size(); ++i) totals.push_back(counts.Read(i));

  Family& started = families.Counter(absl::StrCat(transport, "_server_started_total"), "Calls that began.");
  for (size_t i = 0; i < methods.size(); ++i) started.Add(LabelsOf(names, methods[i]), totals[i].started);

  Family& handled = families.Counter(absl::StrCat(transport, "_server_handled_total"),
                                     "Calls that ended, by the code of their status.");
  for (size_t i = 0; i < methods.size(); ++i) {
    for (size_t code = 0; code < kCodeNames.size(); ++code) {
      if (code > 0 && totals[i].handled[code] == 0) continue;
      Labels labels = LabelsOf(names, methods[i]);
      labels.emplace_back(names.code, kCodeNames[code]);
      handled.Add(labels, totals[i].handled[code]);
    }
  }

  Family& seconds = families.Histogram(absl::StrCat(transport, "_server_handling_seconds"),
                                       "How long calls took, from the arrival of the request to the response.");
  for (size_t i = 0; i < methods.size(); ++i) {
    if (totals[i].started == 0) continue;
    seconds.Add(LabelsOf(names, methods[i]), totals[i].seconds.bounds, totals[i].seconds.counts, totals[i].seconds.sum);
  }
}

void AddHttpRequests(const HttpCounts& counts, Families& families) {
  Family& requests = families.Counter("http_server_requests_total",
                                      "HTTP responses, by what the request was for and by the class of the status.");
  for (size_t kind = 0; kind < kHttpKindNames.size(); ++kind) {
    for (size_t status = 0; status < kHttpClassNames.size(); ++status) {
      const int64_t count = counts.Read(kind, status);
      if (count == 0 && kHttpClassNames[status] != "2xx") continue;
      requests.Add({{"kind", kHttpKindNames[kind]}, {"code", kHttpClassNames[status]}}, count);
    }
  }
}

}  // namespace zeus::bso::metrics
