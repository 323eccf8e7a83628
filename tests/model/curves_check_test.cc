#include "model/curves_check.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/support/curves_values.h"
#include "tests/support/special_values.h"

namespace zeus::bso {
namespace {

using testing::FullCurvesJob;
using testing::FullCurvesSize;
using testing::FullTicket;

using testing::kInfinity;
using testing::kNan;
constexpr double kMax = std::numeric_limits<double>::max();
constexpr double kLeast = std::numeric_limits<double>::denorm_min();
constexpr int64_t kMaxInt64 = std::numeric_limits<int64_t>::max();
constexpr int64_t kMinInt64 = std::numeric_limits<int64_t>::min();
constexpr int kMaxInt = std::numeric_limits<int>::max();
constexpr int kMinInt = std::numeric_limits<int>::min();
constexpr int64_t kMaxCount = int64_t{1} << 62;
constexpr int kMaxSmallCount = 1 << 30;

const std::vector<int64_t> kSizes = {8, 16, 32};

// The bounds of a number.
template <typename Value, typename Number>
struct Field {
  std::string name;
  std::function<void(Value&, Number)> set;
  std::vector<Number> right;
  std::vector<Number> wrong;
};

// Checks that each number passes, or is refused by the name of its field.
template <typename Value, typename Number>
void CheckFields(const Value& valid, const std::vector<Field<Value, Number>>& fields,
                 const std::function<std::string(const Value&)>& first_invalid) {
  REQUIRE(first_invalid(valid).empty());
  for (const Field<Value, Number>& field : fields) {
    CAPTURE(field.name);
    for (const Number number : field.right) {
      CAPTURE(number);
      Value value = valid;
      field.set(value, number);
      CHECK(first_invalid(value).empty());
    }
    for (const Number number : field.wrong) {
      CAPTURE(number);
      Value value = valid;
      field.set(value, number);
      CHECK(first_invalid(value) == field.name);
    }
  }
}

std::string InvalidOfJob(const CurvesJob& job) { return std::string(FirstInvalidField(job, kSizes)); }

std::string InvalidOfSize(const CurvesSize& size) { return std::string(FirstInvalidField(size, FullCurvesJob())); }

std::string InvalidOfTicket(const curves::Ticket& ticket) { return std::string(FirstInvalidField(ticket)); }

std::string InvalidOfProgress(const TrialProgress& progress) { return std::string(FirstInvalidField(progress)); }

const std::vector<double> kNotNumbers = {kNan, kInfinity, -kInfinity, kMax, -1.01e100, 1.01e100};
const std::vector<double> kNumbers = {0, -0.0, kLeast, -1e100, 1e100};
const std::vector<double> kNotWeights = {-kLeast, -1, kNan, kInfinity, -kInfinity, 1.01e100, kMax};

TEST_CASE("Each number of a job of the curves policy has its bounds") {
  CheckFields<CurvesJob, double>(
      FullCurvesJob(),
      {{"epochs_noise",
        [](auto& job, double x) { job.state.epochs_noise.sum_of_squares = x; },
        {0, 1e100},
        kNotWeights},
       {"epochs_noise",
        [](auto& job, double x) { job.state.epochs_noise.degrees_of_freedom = x; },
        {1, 51},
        {0, -1, 0.99, kLeast, 51.01, kNan, kInfinity}},
       {"cost_noise", [](auto& job, double x) { job.state.cost_noise.sum_of_squares = x; }, {0, 1e100}, kNotWeights},
       {"cost_noise",
        [](auto& job, double x) { job.state.cost_noise.degrees_of_freedom = x; },
        {1, 51},
        {0, -1, 0.99, kLeast, 51.01, kNan, kInfinity}},
       {"warmup_cost", [](auto& job, double x) { job.state.warmup.cost = x; }, kNumbers, kNotNumbers},
       {"warmup_log_ratio", [](auto& job, double x) { job.state.warmup.log_ratio = x; }, kNumbers, kNotNumbers},
       {"last_warmup_cost", [](auto& job, double x) { job.state.last_warmup.cost = x; }, kNumbers, kNotNumbers},
       {"last_warmup_log_ratio", [](auto& job, double x) { job.state.last_warmup.log_ratio = x; }, kNumbers,
        kNotNumbers},
       {"warmup_runs",
        [](auto& job, double x) { job.state.warmup_runs = x; },
        {0, 20},
        {-kLeast, 20.01, kNan, kInfinity, -kInfinity}},
       {"best_cost",
        [](auto& job, double x) { job.best_cost = x; },
        {0, kLeast, kMax},
        {-kLeast, kNan, kInfinity, -kInfinity}}},
      InvalidOfJob);
  CheckFields<CurvesJob, int64_t>(FullCurvesJob(),
                                  {{"run",
                                    [](auto& job, int64_t n) {
                                      job.state.run = n;
                                      job.state.costs_changed_at.reset();
                                    },
                                    {0, kMaxCount},
                                    {-1, kMinInt64, kMaxCount + 1, kMaxInt64}},
                                   {"costs_changed_at",
                                    [](auto& job, int64_t n) { job.state.costs_changed_at = n; },
                                    {0, FullCurvesJob().state.run},
                                    {-1, kMinInt64, FullCurvesJob().state.run + 1, kMaxInt64}},
                                   {"best_batch_size",
                                    [](auto& job, int64_t n) { job.best_batch_size = n; },
                                    {8, 16, 32},
                                    {0, 7, 33, -1, kMaxInt64}}},
                                  InvalidOfJob);
  CheckFields<CurvesJob, int>(
      FullCurvesJob(),
      {{"stops",
        [](auto& job, int n) { job.state.stops = n; },
        {0, kMaxSmallCount},
        {-1, kMinInt, kMaxSmallCount + 1, kMaxInt}},
       {"escalation", [](auto& job, int n) { job.state.escalation = n; }, {0, 16}, {-1, 17, kMinInt, kMaxInt}},
       {"epochs_surprise",
        [](auto& job, int n) { job.state.epochs_surprise.direction = n; },
        {-1, 0, 1},
        {-2, 2, kMaxInt, kMinInt}},
       {"cost_surprise",
        [](auto& job, int n) { job.state.cost_surprise.direction = n; },
        {-1, 0, 1},
        {-2, 2, kMaxInt, kMinInt}}},
      InvalidOfJob);
  CheckFields<CurvesJob, size_t>(FullCurvesJob(),
                                 {{"epochs_surprise",
                                   [](auto& job, size_t n) { job.state.epochs_surprise.size = n; },
                                   {0, 2},
                                   {3, std::numeric_limits<size_t>::max()}},
                                  {"cost_surprise",
                                   [](auto& job, size_t n) { job.state.cost_surprise.size = n; },
                                   {0, 2},
                                   {3, std::numeric_limits<size_t>::max()}}},
                                 InvalidOfJob);
}

TEST_CASE("A surprise is somewhere, and a best size has a cost") {
  CurvesJob job = FullCurvesJob();
  job.state.epochs_surprise.size.reset();
  CHECK(InvalidOfJob(job) == "epochs_surprise");
  job.state.epochs_surprise = {};
  CHECK(InvalidOfJob(job).empty());
  job.best_cost.reset();
  CHECK(InvalidOfJob(job) == "best_cost");
  job.best_batch_size.reset();
  CHECK(InvalidOfJob(job).empty());
  job.best_cost = 5;  // All sizes that have converged rest.
  CHECK(InvalidOfJob(job).empty());
}

TEST_CASE("Each number of a size has its bounds") {
  const int64_t run = FullCurvesJob().state.run;
  CheckFields<CurvesSize, double>(
      FullCurvesSize(),
      {{"runs", [](auto& size, double x) { size.state.runs = x; }, {0, 20}, {-kLeast, 20.01, kNan, kInfinity}},
       {"log_epochs", [](auto& size, double x) { size.state.log_epochs = x; }, kNumbers, kNotNumbers},
       {"epochs_hint", [](auto& size, double x) { size.state.epochs_hint = x; }, {0, 1e100}, kNotWeights},
       {"failures", [](auto& size, double x) { size.state.failures = x; }, {0, 1e100}, kNotWeights},
       {"timed", [](auto& size, double x) { size.state.timed = x; }, {0, 400}, {-kLeast, 400.01, kNan, kInfinity}},
       {"log_cost", [](auto& size, double x) { size.state.log_cost = x; }, kNumbers, kNotNumbers},
       {"cost_hint", [](auto& size, double x) { size.state.cost_hint = x; }, {0, 1e100}, kNotWeights},
       {"bounds", [](auto& size, double x) { size.state.bounds = {x}; }, kNumbers, kNotNumbers},
       {"epoch_seconds", [](auto& size, double x) { size.epoch_seconds = x; }, {0, 1e100}, kNotWeights},
       {"epoch_joules", [](auto& size, double x) { size.epoch_joules = x; }, {0, 1e100}, kNotWeights}},
      InvalidOfSize);
  const std::vector<int64_t> not_counts = {-1, kMinInt64, kMaxCount + 1, kMaxInt64};
  const std::vector<int64_t> counts = {0, kMaxCount};
  CheckFields<CurvesSize, int64_t>(
      FullCurvesSize(),
      {{"last", [](auto& size, int64_t n) { size.state.last = n; }, {0, run}, {-1, run + 1, kMinInt64, kMaxInt64}},
       {"failed_at",
        [](auto& size, int64_t n) { size.state.failed_at = n; },
        {0, run},
        {-1, run + 1, kMinInt64, kMaxInt64}},
       {"rest_until", [](auto& size, int64_t n) { size.state.rest_until = n; }, counts, not_counts},
       {"num_trials", [](auto& size, int64_t n) { size.num_trials = n; }, counts, not_counts},
       {"num_converged", [](auto& size, int64_t n) { size.num_converged = n; }, counts, not_counts},
       {"num_failed", [](auto& size, int64_t n) { size.num_failed = n; }, counts, not_counts},
       {"last_converged_trial", [](auto& size, int64_t n) { size.last_converged_trial = n; }, counts, not_counts},
       {"last_failed_trial", [](auto& size, int64_t n) { size.last_failed_trial = n; }, counts, not_counts},
       {"last_infeasible_trial", [](auto& size, int64_t n) { size.last_infeasible_trial = n; }, counts, not_counts}},
      InvalidOfSize);
  const std::vector<int> not_small = {-1, kMinInt, kMaxSmallCount + 1, kMaxInt};
  CheckFields<CurvesSize, int>(
      FullCurvesSize(),
      {{"crashes", [](auto& size, int n) { size.state.crashes = n; }, {0, kMaxSmallCount}, not_small},
       {"ooms", [](auto& size, int n) { size.state.ooms = n; }, {0, kMaxSmallCount}, not_small},
       {"pending", [](auto& size, int n) { size.state.pending = n; }, {0, kMaxSmallCount}, not_small}},
      InvalidOfSize);
}

TEST_CASE("A size has at most three bounds, in their order") {
  CurvesSize size = FullCurvesSize();
  for (const absl::InlinedVector<double, 3>& right :
       std::vector<absl::InlinedVector<double, 3>>{{}, {1}, {1, 1, 1}, {-1, 0, 1}}) {
    size.state.bounds = right;
    CHECK(InvalidOfSize(size).empty());
  }
  for (const absl::InlinedVector<double, 3>& wrong :
       std::vector<absl::InlinedVector<double, 3>>{{1, 2, 3, 4}, {2, 1}, {1, kNan, 2}, {kNan, kNan}}) {
    size.state.bounds = wrong;
    CHECK(InvalidOfSize(size) == "bounds");
  }
}

TEST_CASE("Each number of a ticket has its bounds") {
  const std::vector<double> not_finite = {kNan, kInfinity, -kInfinity};
  const std::vector<double> finite = {0, kMax, -kMax};
  CheckFields<curves::Ticket, double>(
      FullTicket(),
      {{"reference_cost",
        [](auto& ticket, double x) { ticket.reference_cost = x; },
        {0, kMax},
        {-kLeast, kNan, kInfinity}},
       {"log_epochs", [](auto& ticket, double x) { ticket.log_epochs = x; }, finite, not_finite},
       {"mean", [](auto& ticket, double x) { ticket.mean = x; }, finite, not_finite},
       {"sd", [](auto& ticket, double x) { ticket.sd = x; }, {kLeast, kMax}, {0, -1, kNan, kInfinity}},
       {"log_cost", [](auto& ticket, double x) { ticket.log_cost = x; }, finite, not_finite},
       {"known_cost", [](auto& ticket, double x) { ticket.known_cost = x; }, finite, not_finite},
       {"jump", [](auto& ticket, double x) { ticket.jump = x; }, {0, kMax}, {-kLeast, kNan, kInfinity}}},
      InvalidOfTicket);
  CheckFields<curves::Ticket, int>(
      FullTicket(),
      {{"escalation", [](auto& ticket, int n) { ticket.escalation = n; }, {0, 16}, {-1, 17, kMinInt, kMaxInt}}},
      InvalidOfTicket);
  curves::Ticket ticket = FullTicket();
  ticket.known_cost.reset();
  CHECK(InvalidOfTicket(ticket).empty());
}

TEST_CASE("Each number of a progress has its bounds, but any metric is one") {
  const TrialProgress valid = {
      .epochs = 3, .time_seconds = 1, .energy_joules = 2, .metric = 0.5, .first_epoch_cost = 7};
  CheckFields<TrialProgress, double>(
      valid,
      {{"time_seconds", [](auto& progress, double x) { progress.time_seconds = x; }, {0, 1e50}, {-1, 1.01e50, kNan}},
       {"energy_joules", [](auto& progress, double x) { progress.energy_joules = x; }, {0, 1e50}, {-1, 1.01e50, kNan}},
       {"metric", [](auto& progress, double x) { progress.metric = x; }, {kNan, kInfinity, -kInfinity, -1}, {}},
       {"first_epoch_cost",
        [](auto& progress, double x) { progress.first_epoch_cost = x; },
        {0, kMax},
        {-kLeast, kNan, kInfinity}}},
      InvalidOfProgress);
  CheckFields<TrialProgress, int64_t>(
      valid, {{"epochs", [](auto& progress, int64_t n) { progress.epochs = n; }, {0, kMaxInt64}, {-1, kMinInt64}}},
      InvalidOfProgress);
  CHECK(InvalidOfProgress({}).empty());
}

}  // namespace
}  // namespace zeus::bso
