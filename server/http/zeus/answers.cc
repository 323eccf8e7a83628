#include "server/http/zeus/answers.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "model/error.h"
#include "server/api/errors/error_details.h"
#include "server/http/zeus/json_text.h"

namespace zeus::bso::http {
namespace {

Problem ProblemOf(absl::string_view field, absl::string_view rule) {
  // Zeus has other names for these fields.
  if (field == "time_seconds") field = "time";
  if (field == "energy_joules") field = "energy";
  absl::ConsumePrefix(&field, "spec.");
  Problem problem = MakeProblem({"body"}, BrokenRule(rule));
  // "batch_sizes[3]", or a name alone.
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(field, absl::MaxSplits('[', 1));
  problem.location.emplace_back(std::string(parts.first));
  int64_t index = 0;
  if (absl::SimpleAtoi(absl::StripSuffix(parts.second, "]"), &index)) problem.location.emplace_back(index);
  return problem;
}

bool IsName(absl::string_view field) {
  constexpr std::array<absl::string_view, 3> kNames = {"job_id", "batch_size", "trial_number"};
  return std::find(kNames.begin(), kNames.end(), field) != kNames.end();
}

// The problems with all fields but those that name a job or a trial. A job or trial with an invalid name cannot exist,
// so the answer is the same as for an unknown one.
std::vector<Problem> ProblemsOf(const absl::Status& invalid_field) {
  std::map<std::string, std::string> rules = FieldRulesOf(invalid_field);
  google::rpc::BadRequest bad_request;
  if (const auto payload = invalid_field.GetPayload(api::TypeUrl<google::rpc::BadRequest>())) {
    bad_request.ParseFromString(std::string(*payload));
  }
  std::vector<Problem> problems;
  for (const auto& violation : bad_request.field_violations()) {
    if (!IsName(violation.field())) {
      problems.push_back(ProblemOf(violation.field(), violation.description()));
    }
  }
  for (const auto& [field, rule] : rules) {
    if (!IsName(field)) problems.push_back(ProblemOf(field, rule));
  }
  return problems;
}

int HttpStatusOf(const absl::Status& status, int unknown_status) {
  if (HasReason(status, Reason::kStorageFull)) return 503;
  // No batch size is left. The reference answers 500.
  for (const Reason reason : {Reason::kNothingConverged, Reason::kNoBatchSizeLeft, Reason::kNoArms}) {
    if (HasReason(status, reason)) return 500;
  }
  switch (status.code()) {
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
      return unknown_status;
    case absl::StatusCode::kFailedPrecondition:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kAlreadyExists:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kAborted:
    case absl::StatusCode::kCancelled:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

}  // namespace

Response JsonAnswer(int status, std::string json) {
  Response response{.status = status, .body = std::move(json)};
  response.fields.Add("Content-Type", "application/json");
  response.fields.Add("Cache-Control", "no-store");
  return response;
}

Response MessageAnswer(int status, absl::string_view message) {
  return JsonAnswer(status, absl::StrCat("{\"message\":", JsonText(message), "}"));
}

Response DetailAnswer(int status, absl::string_view detail) {
  return JsonAnswer(status, absl::StrCat("{\"detail\":", JsonText(detail), "}"));
}

Response ProblemsAnswer(const std::vector<Problem>& problems) { return JsonAnswer(422, PrintProblems(problems)); }

Response ErrorAnswer(const absl::Status& status, int unknown_status) {
  if (HasReason(status, Reason::kInvalidField)) {
    const std::vector<Problem> problems = ProblemsOf(status);
    if (!problems.empty()) return ProblemsAnswer(problems);
  }
  Response response = MessageAnswer(HttpStatusOf(status, unknown_status), status.message());
  // With Basic, browsers would ask for a password.
  if (response.status == 401) response.fields.Add("WWW-Authenticate", "Bearer");
  return response;
}

}  // namespace zeus::bso::http
