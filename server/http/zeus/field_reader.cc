#include "server/http/zeus/field_reader.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace zeus::bso::http {
namespace {

// Limits how many wrong elements of an array are listed: each takes much more space in the answer than in the request.
constexpr size_t kMaxListedElements = 100;

bool IsNull(const JsonValue& value) { return std::holds_alternative<std::nullptr_t>(value.value); }

bool IsWithin(const Bound& bound, absl::int128 value) {
  return bound.kind == Bound::Kind::kGreater ? value > bound.limit : value >= bound.limit;
}

bool IsWithin(const Bound& bound, double value) {
  const auto limit = static_cast<double>(bound.limit);
  return bound.kind == Bound::Kind::kGreater ? value > limit : value >= limit;
}

}  // namespace

bool FieldReader::Read(absl::string_view name, Presence presence, const Bound& bound,
                       std::optional<absl::int128>& value) {
  return ReadAs(name, presence, TakeInteger, kNoInteger, value) && CheckBound(name, bound, value);
}

bool FieldReader::Read(absl::string_view name, Presence presence, const Bound& bound, std::optional<double>& value) {
  return ReadAs(name, presence, TakeFloat, kNoFloat, value) && CheckBound(name, bound, value);
}

bool FieldReader::Read(absl::string_view name, Presence presence, std::optional<bool>& value) {
  return ReadAs(name, presence, TakeBool, kNoBool, value);
}

bool FieldReader::Read(absl::string_view name, Presence presence, std::optional<std::string>& value) {
  return ReadAs(name, presence, TakeString, kNoString, value);
}

bool FieldReader::Read(absl::string_view name, std::vector<absl::int128>& values) {
  const JsonValue* const found = Find(name);
  const auto* const array = found != nullptr ? std::get_if<JsonArray>(&found->value) : nullptr;
  if (array == nullptr) {
    Add(name, found == nullptr ? kMissing : IsNull(*found) ? kNull : kNoList);
    return false;
  }
  const size_t num_problems = problems_.size();
  for (size_t i = 0; i < array->size() && problems_.size() < num_problems + kMaxListedElements; ++i) {
    const std::optional<absl::int128> value = TakeInteger((*array)[i]);
    if (value.has_value()) {
      values.push_back(*value);
    } else {
      problems_.push_back(
          MakeProblem({"body", std::string(name), static_cast<int64_t>(i)}, IsNull((*array)[i]) ? kNull : kNoInteger));
    }
  }
  return problems_.size() == num_problems;
}

void FieldReader::Add(absl::string_view name, const ProblemKind& kind) {
  problems_.push_back(MakeProblem({"body", std::string(name)}, kind));
}

template <typename T>
bool FieldReader::ReadAs(absl::string_view name, Presence presence, std::optional<T> (*take)(const JsonValue& value),
                         const ProblemKind& otherwise, std::optional<T>& value) {
  const JsonValue* const found = Find(name);
  if (found == nullptr) {
    if (presence != Presence::kRequired) return true;
    Add(name, kMissing);
    return false;
  }
  if (IsNull(*found)) {
    value.reset();
    if (presence == Presence::kNullable) return true;
    Add(name, kNull);
    return false;
  }
  value = take(*found);
  if (!value.has_value()) Add(name, otherwise);
  return value.has_value();
}

template <typename T>
bool FieldReader::CheckBound(absl::string_view name, const Bound& bound, const std::optional<T>& value) {
  if (bound.kind == Bound::Kind::kNone || !value.has_value() || IsWithin(bound, *value)) return true;
  const bool is_greater = bound.kind == Bound::Kind::kGreater;
  problems_.push_back({.location = {"body", std::string(name)},
                       .message = absl::StrCat("must be ", is_greater ? "greater than " : "at least ", bound.limit),
                       .type = is_greater ? "value_error.number.not_gt" : "value_error.number.not_ge",
                       .context = absl::StrCat("{\"limit_value\":", bound.limit, "}")});
  return false;
}

const JsonValue* FieldReader::Find(absl::string_view name) const {
  const auto found = fields_.find(name);
  return found != fields_.end() ? &found->second : nullptr;
}

}  // namespace zeus::bso::http
