#include "tests/vectors/comparison.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace zeus::bso::curves::vectors {

void Comparison::Numbers(absl::string_view name, double expected, double got) {
  if ((std::isnan(expected) && std::isnan(got)) || expected == got) return;
  const double difference = std::abs(got - expected) / std::max(1.0, std::abs(expected));
  if (difference <= kTolerance) {
    largest_ = std::max(largest_, difference);
  } else {
    Fail(absl::StrFormat("%s: expected %.17g, got %.17g", name, expected, got));
  }
}

void Comparison::Tickets(const Ticket& expected, const Ticket& got) {
  constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
  Exactly("kind", static_cast<int>(expected.kind), static_cast<int>(got.kind));
  Numbers("ref", expected.reference_cost, got.reference_cost);
  Numbers("log_epochs", expected.log_epochs, got.log_epochs);
  Numbers("mean", expected.mean, got.mean);
  Numbers("sd", expected.sd, got.sd);
  Numbers("log_cost", expected.log_cost, got.log_cost);
  Numbers("known_cost", expected.known_cost.value_or(kNone), got.known_cost.value_or(kNone));
  Numbers("jump", expected.jump, got.jump);
  Exactly("escalation", expected.escalation, got.escalation);
}

void Comparison::Rows(const ExplainStep::Row& expected, const ExplainStep::Row& got) {
  const auto name = [&expected](absl::string_view number) {
    return absl::StrCat(number, " of batch size ", expected.batch_size);
  };
  Exactly("batch size", expected.batch_size, got.batch_size);
  Numbers(name("cost"), expected.cost, got.cost);
  Numbers(name("sd"), expected.sd, got.sd);
  Numbers(name("epochs"), expected.epochs, got.epochs);
  Numbers(name("epoch cost"), expected.epoch_cost, got.epoch_cost);
  Numbers(name("p_best"), expected.p_best, got.p_best);
  Exactly(name("why"), expected.why, got.why);
}

}  // namespace zeus::bso::curves::vectors
