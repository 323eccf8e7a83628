// Problems with the fields of a request, in the format of pydantic, which the reference uses for validation.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_PROBLEM_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_PROBLEM_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace zeus::bso::http {

// An error type of pydantic, and our message for it.
struct ProblemKind {
  absl::string_view type;
  absl::string_view message;
};

inline constexpr ProblemKind kMissing{"value_error.missing", "must be given"};
inline constexpr ProblemKind kNull{"type_error.none.not_allowed", "must not be null"};
inline constexpr ProblemKind kNoDict{"type_error.dict", "must be a JSON object"};
inline constexpr ProblemKind kNoList{"type_error.list", "must be an array"};
inline constexpr ProblemKind kNoInteger{"type_error.integer", "must be an integer"};
inline constexpr ProblemKind kNoFloat{"type_error.float", "must be a number"};
inline constexpr ProblemKind kNoString{"type_error.str", "must be a string"};
inline constexpr ProblemKind kNoBool{"type_error.bool", "must be true or false"};
inline constexpr ProblemKind kNotFinite{"value_error.number.not_finite_number", "must be finite"};

// The type of all errors that have none of their own.
constexpr ProblemKind BrokenRule(absl::string_view rule) { return {"value_error", rule}; }

struct Problem {
  // The path to the value: "body" or "query", then names of fields and indices of arrays.
  std::vector<std::variant<std::string, int64_t>> location;
  std::string message;
  std::string type;
  std::string context;  // Details for programs, as a JSON object. Empty: none.
};

Problem MakeProblem(std::vector<std::variant<std::string, int64_t>> location, const ProblemKind& kind);

// The body of an answer with status 422.
std::string PrintProblems(const std::vector<Problem>& problems);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_PROBLEM_H_
