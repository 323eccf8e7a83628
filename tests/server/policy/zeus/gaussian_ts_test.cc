#include "server/policy/zeus/gaussian_ts.h"

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "catch2/catch.hpp"
#include "model/error.h"
#include "tests/model/printers.h"
#include "tests/support/special_values.h"
#include "tests/support/status_matchers.h"

namespace zeus::bso {
namespace {

using testing::FailsWith;
using testing::Value;

using testing::kInfinity;

GaussianTsArm Fit(std::vector<double> costs, double prior_mean = 0, double prior_precision = 0) {
  JobSpec spec;
  spec.mab_prior_mean = prior_mean;
  spec.mab_prior_precision = prior_precision;
  return FitArm(spec, 32, costs);
}

TEST_CASE("Without a prior the mean is that of the rewards, and precisions come from their population variance") {
  // Rewards -1 and -3: mean -2, variance 1.
  CHECK(Fit({1, 3}) == GaussianTsArm{32, -2, 2, 1, 2});
  // Rewards -2, -4, -6, -8: mean -5, variance 5.
  CHECK(Fit({2, 4, 6, 8}) == GaussianTsArm{32, (1 / 5.0) * -20 / (4 * (1 / 5.0)), 4 * (1 / 5.0), 1 / 5.0, 4});
}

TEST_CASE("A prior counts with its precision") {
  // (2 * 10 + 1 * (-1 - 3)) / (2 + 2 * 1) = 4.
  CHECK(Fit({1, 3}, 10, 2) == GaussianTsArm{32, 4, 4, 1, 2});
  // Rewards 0 and -4: variance 4. (0.5 * -8 + 0.25 * -4) / (0.5 + 2 * 0.25) = -5.
  CHECK(Fit({0, 4}, -8, 0.5) == GaussianTsArm{32, -5, 1, 0.25, 2});
}

TEST_CASE("Rewards that do not vary are trusted fully, whatever the prior") {
  CHECK(Fit({5, 5, 5}, 10, 2) == GaussianTsArm{32, -5, kInfinity, kInfinity, 3});
  CHECK(Fit({7}, 10, 2) == GaussianTsArm{32, -7, kInfinity, kInfinity, 1});
  CHECK(Fit({0, 0}) == GaussianTsArm{32, 0, kInfinity, kInfinity, 2});
}

TEST_CASE("Without costs the arm is the prior") {
  CHECK(Fit({}, 10, 2) == GaussianTsArm{32, 10, 2, 0, 0});
  CHECK(Fit({}) == GaussianTsArm{32, 0, 0, 0, 0});
}

TEST_CASE("A variance too small for a finite reciprocal counts as none") {
  // The variance is 1e-320, greater than 0; its reciprocal overflows.
  CHECK(Fit({1e-160, 3e-160}, 10, 2) == GaussianTsArm{32, -2e-160, kInfinity, kInfinity, 2});
}

TEST_CASE("An arm bears the size that it is fit for") { CHECK(FitArm(JobSpec(), 128, {}).batch_size == 128); }

// Answers with given draws and writes down what it was asked for.
class RecordingSource {
 public:
  std::vector<int64_t> order;
  std::vector<double> normals;
  absl::Status choices_error;
  absl::Status second_normal_error;

  const std::vector<std::string>& calls() const { return calls_; }

  absl::StatusOr<int64_t> Pick(const std::vector<GaussianTsArm>& arms, int64_t min_observations) {
    return PickArm(arms, min_observations,
                   {.choices = [this](std::span<const int64_t> sizes) { return Choices(sizes); },
                    .normal = [this](double loc, double scale) { return Normal(loc, scale); }});
  }

 private:
  absl::StatusOr<std::vector<int64_t>> Choices(std::span<const int64_t> sizes) {
    calls_.push_back(absl::StrCat("choices ", absl::StrJoin(sizes, ",")));
    if (!choices_error.ok()) return choices_error;
    return order;
  }

  absl::StatusOr<double> Normal(double loc, double scale) {
    calls_.push_back(absl::StrCat("normal ", loc, " ", scale));
    if (num_normals_ == 1 && !second_normal_error.ok()) return second_normal_error;
    return normals.at(num_normals_++);
  }

  std::vector<std::string> calls_;
  size_t num_normals_ = 0;
};

using Calls = std::vector<std::string>;

// Three arms with these numbers of observations; means -16, -32, -64; precisions 4, +infinity, 0.25.
std::vector<GaussianTsArm> Arms(int64_t first, int64_t second, int64_t third) {
  return {{16, -16, 4, 1, first}, {32, -32, kInfinity, kInfinity, second}, {64, -64, 0.25, 1, third}};
}

const Calls kAllCalls = {"choices 16,32,64", "normal -16 0.5", "normal -32 0", "normal -64 2"};

TEST_CASE("The first size in the drawn order with too few observations is the pick, and no normal is drawn") {
  RecordingSource source;
  source.order = {64, 32, 16};
  CHECK(Value(source.Pick(Arms(0, 1, 2), 2)) == 32);
  CHECK(source.calls() == Calls{"choices 16,32,64"});
}

TEST_CASE("Among sizes with too few observations the order decides, not who has fewest") {
  for (const int64_t first : {16, 32, 64}) {
    RecordingSource source;
    source.order = {first, first == 16 ? 32 : 16, first == 64 ? 32 : 64};
    CHECK(Value(source.Pick(Arms(0, 1, 1), 2)) == first);
  }
}

TEST_CASE("With enough observations each arm draws once, ascending, after the order was drawn in vain") {
  RecordingSource source;
  source.order = {64, 32, 16};
  source.normals = {-20, -10, -30};
  CHECK(Value(source.Pick(Arms(2, 2, 2), 2)) == 32);
  CHECK(source.calls() == kAllCalls);
}

TEST_CASE("The order is drawn even when no observations are asked for") {
  RecordingSource source;
  source.order = {16, 32, 64};
  source.normals = {1, 2, 3};
  CHECK(Value(source.Pick(Arms(0, 0, 0), 0)) == 64);
  CHECK(source.calls() == kAllCalls);
}

TEST_CASE("The largest draw wins, wherever it is") {
  const std::vector<std::pair<std::vector<double>, int64_t>> cases = {
      {{-1, -2, -3}, 16}, {{-2, -1, -3}, 32}, {{-3, -2, -1}, 64}, {{-1e300, -1e301, -1e302}, 16}};
  for (const auto& [normals, winner] : cases) {
    RecordingSource source;
    source.order = {16, 32, 64};
    source.normals = normals;
    CHECK(Value(source.Pick(Arms(1, 1, 1), 1)) == winner);
  }
}

TEST_CASE("Of equal draws the first wins, whatever the drawn order") {
  RecordingSource source;
  source.order = {64, 32, 16};
  source.normals = {-5, -1, -1};
  CHECK(Value(source.Pick(Arms(1, 1, 1), 1)) == 32);
  RecordingSource all_equal;
  all_equal.order = {64, 32, 16};
  all_equal.normals = {-1, -1, -1};
  CHECK(Value(all_equal.Pick(Arms(1, 1, 1), 1)) == 16);
}

TEST_CASE("An arm that knows nothing draws from a normal without bounds") {
  RecordingSource source;
  source.order = {16};
  source.normals = {-kInfinity};
  CHECK(Value(source.Pick({{16, 3, 0, 0, 0}}, 0)) == 16);
  CHECK(source.calls() == Calls{"choices 16", "normal 3 inf"});
}

TEST_CASE("An error of the order is passed on, and nothing more is drawn") {
  RecordingSource source;
  source.choices_error = MakeError(Reason::kJobNotFetched, "");
  CHECK_THAT(source.Pick(Arms(2, 2, 2), 2).status(), FailsWith(Reason::kJobNotFetched));
  CHECK(source.calls() == Calls{"choices 16,32,64"});
}

TEST_CASE("An error of a normal is passed on, and nothing more is drawn") {
  RecordingSource source;
  source.order = {16, 32, 64};
  source.normals = {1};
  source.second_normal_error = MakeError(Reason::kStorageUnavailable, "");
  CHECK_THAT(source.Pick(Arms(2, 2, 2), 2).status(), FailsWith(Reason::kStorageUnavailable));
  CHECK(source.calls() == Calls{"choices 16,32,64", "normal -16 0.5", "normal -32 0"});
}

}  // namespace
}  // namespace zeus::bso
