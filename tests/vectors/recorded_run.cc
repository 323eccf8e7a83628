#include "tests/vectors/recorded_run.h"

#include <variant>

#include "server/policy/curves/valid_cost.h"

namespace zeus::bso::curves::vectors {

std::optional<double> KnownCost(double cost) {
  if (!IsValidCost(cost)) return std::nullopt;
  return cost;
}

std::optional<double> RecordedRun::first_cost() const {
  if (finish != nullptr) return KnownCost(finish->progress.first_cost);
  std::optional<double> first_cost;
  for (const ReportStep* report : reports) {
    const std::optional<double> known = KnownCost(report->progress.first_cost);
    if (known) first_cost = known;
  }
  return first_cost;
}

bool RecordedRun::EndsAt(const ReportStep& report) const {
  if (!report.stop || reports.back() != &report || finish == nullptr || finish->outcome != Outcome::kStopped) {
    return false;
  }
  return finish->progress.epochs == report.progress.epochs &&
         KnownCost(finish->progress.cost) == KnownCost(report.progress.cost);
}

std::map<int64_t, RecordedRun> RunsOf(const Sequence& sequence) {
  std::map<int64_t, RecordedRun> runs;
  for (const Step& step : sequence.steps) {
    if (const auto* const pick = std::get_if<PickStep>(&step)) runs[pick->run] = {};
    if (const auto* const report = std::get_if<ReportStep>(&step)) runs[report->run].reports.push_back(report);
    if (const auto* const finish = std::get_if<FinishStep>(&step)) runs[finish->run].finish = finish;
  }
  return runs;
}

}  // namespace zeus::bso::curves::vectors
