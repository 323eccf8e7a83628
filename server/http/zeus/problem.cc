#include "server/http/zeus/problem.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/http/zeus/json_text.h"

namespace zeus::bso::http {
namespace {

std::string PrintStep(const std::variant<std::string, int64_t>& step) {
  if (const auto* const index = std::get_if<int64_t>(&step)) return absl::StrCat(*index);
  return JsonText(std::get<std::string>(step));
}

std::string PrintProblem(const Problem& problem) {
  const std::string location = absl::StrJoin(
      problem.location, ",", [](std::string* out, const auto& step) { absl::StrAppend(out, PrintStep(step)); });
  const std::string context = problem.context.empty() ? "" : absl::StrCat(",\"ctx\":", problem.context);
  return absl::StrCat("{\"loc\":[", location, "],\"msg\":", JsonText(problem.message),
                      ",\"type\":", JsonText(problem.type), context, "}");
}

}  // namespace

Problem MakeProblem(std::vector<std::variant<std::string, int64_t>> location, const ProblemKind& kind) {
  return {.location = std::move(location), .message = std::string(kind.message), .type = std::string(kind.type)};
}

std::string PrintProblems(const std::vector<Problem>& problems) {
  const std::string list = absl::StrJoin(
      problems, ",", [](std::string* out, const Problem& problem) { absl::StrAppend(out, PrintProblem(problem)); });
  return absl::StrCat("{\"detail\":[", list, "]}");
}

}  // namespace zeus::bso::http
