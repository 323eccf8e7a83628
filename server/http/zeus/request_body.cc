#include "server/http/zeus/request_body.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/http/zeus/answers.h"
#include "server/http/zeus/json_text.h"
#include "server/http/zeus/python_json.h"

namespace zeus::bso::http {
namespace {

// application/json, application/...+json, or no type at all.
bool IsJson(const Request& request) {
  const absl::string_view content_type = request.fields.Find("content-type").value_or("");
  if (content_type.empty()) return true;
  const std::pair<absl::string_view, absl::string_view> parts = absl::StrSplit(content_type, absl::MaxSplits(';', 1));
  const std::string type = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts.first));
  const bool has_one_slash = std::count(type.begin(), type.end(), '/') == 1;
  return type == "application/json" ||
         (has_one_slash && absl::StartsWith(type, "application/") && absl::EndsWith(type, "+json"));
}

Response BodyProblem(const ProblemKind& kind) { return ProblemsAnswer({MakeProblem({"body"}, kind)}); }

Response JsonProblem(const JsonError& error) {
  const std::string context = absl::StrCat("{\"msg\":", JsonText(error.message), ",\"pos\":", error.position,
                                           ",\"lineno\":", error.line, ",\"colno\":", error.column, "}");
  return ProblemsAnswer({{.location = {"body", error.position},
                          .message = error.message,
                          .type = "value_error.jsondecode",
                          .context = context}});
}

}  // namespace

std::variant<JsonFields, Response> ReadBody(const Request& request) {
  if (request.body.empty()) return BodyProblem(kMissing);
  if (!IsJson(request)) return BodyProblem(kNoDict);
  auto parsed = ParsePythonJson(request.body);
  if (const auto* const error = std::get_if<JsonError>(&parsed)) return JsonProblem(*error);
  if (const auto* const unreadable = std::get_if<UnreadableJson>(&parsed)) {
    return DetailAnswer(400, unreadable->message);
  }
  auto& value = std::get<JsonValue>(parsed);
  if (std::holds_alternative<std::nullptr_t>(value.value)) return BodyProblem(kMissing);
  auto fields = TakeFields(std::move(value));
  if (const auto* const kind = std::get_if<ProblemKind>(&fields)) return BodyProblem(*kind);
  return std::get<JsonFields>(std::move(fields));
}

}  // namespace zeus::bso::http
