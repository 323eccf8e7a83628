// Compares recorded decisions with those of an implementation, up to the first difference.
#ifndef ZEUS_BSO_TESTS_VECTORS_COMPARISON_H_
#define ZEUS_BSO_TESTS_VECTORS_COMPARISON_H_

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "model/curves.h"
#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {

// Numbers agree if they differ by at most this times max(1, the recorded number).
inline constexpr double kTolerance = 1e-9;

class Comparison {
 public:
  // Two NaN agree.
  void Numbers(absl::string_view name, double expected, double got);

  template <typename Value>
  void Exactly(absl::string_view name, const Value& expected, const Value& got) {
    if (expected != got) Fail(absl::StrCat(name, ": expected ", expected, ", got ", got));
  }

  void Tickets(const Ticket& expected, const Ticket& got);

  // What is believed of a batch size.
  void Rows(const ExplainStep::Row& expected, const ExplainStep::Row& got);

  // Keeps the first difference.
  void Fail(absl::string_view what) {
    if (!difference_) difference_.emplace(what);
  }

  // What differed first. None if all agreed.
  const std::optional<std::string>& difference() const { return difference_; }

  // The largest difference of two numbers that agreed, divided by max(1, the recorded number).
  double largest() const { return largest_; }

 private:
  std::optional<std::string> difference_;
  double largest_ = 0;
};

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_COMPARISON_H_
