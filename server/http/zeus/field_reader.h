// Reads the fields of a request one by one and collects the problems with them.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_FIELD_READER_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_FIELD_READER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/numeric/int128.h"
#include "absl/strings/string_view.h"
#include "server/http/zeus/lax_values.h"
#include "server/http/zeus/problem.h"

namespace zeus::bso::http {

enum class Presence {
  kRequired,
  kOptional,  // The value stays as it is when the field is missing. Null is refused.
  kNullable,  // Likewise; null makes the value absent.
};

// A lower bound for an integer or a float. NaN breaks every bound.
struct Bound {
  enum class Kind { kNone, kGreater, kAtLeast };
  Kind kind = Kind::kNone;
  int64_t limit = 0;
};

inline constexpr Bound kUnbounded;
inline constexpr Bound kPositive{Bound::Kind::kGreater, 0};
inline constexpr Bound kNotNegative{Bound::Kind::kAtLeast, 0};

class FieldReader {
 public:
  // Both outlive the reader.
  FieldReader(const JsonFields& fields, std::vector<Problem>& problems) : fields_(fields), problems_(problems) {}

  // Returns false, and adds a problem, if the field is missing or wrong.
  bool Read(absl::string_view name, Presence presence, const Bound& bound, std::optional<absl::int128>& value);
  bool Read(absl::string_view name, Presence presence, const Bound& bound, std::optional<double>& value);
  bool Read(absl::string_view name, Presence presence, std::optional<bool>& value);
  bool Read(absl::string_view name, Presence presence, std::optional<std::string>& value);
  // Required.
  bool Read(absl::string_view name, std::vector<absl::int128>& values);

  // Adds a problem with a field.
  void Add(absl::string_view name, const ProblemKind& kind);

 private:
  template <typename T>
  bool ReadAs(absl::string_view name, Presence presence, std::optional<T> (*take)(const JsonValue& value),
              const ProblemKind& otherwise, std::optional<T>& value);
  template <typename T>
  bool CheckBound(absl::string_view name, const Bound& bound, const std::optional<T>& value);
  const JsonValue* Find(absl::string_view name) const;

  const JsonFields& fields_;
  std::vector<Problem>& problems_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_FIELD_READER_H_
