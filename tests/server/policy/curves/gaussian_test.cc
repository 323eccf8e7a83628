#include "server/policy/curves/gaussian.h"

#include <cmath>
#include <vector>

#include "catch2/catch.hpp"
#include "server/random/generator.h"

namespace zeus::bso::curves {
namespace {

// A smooth curve over n sizes, with a little freedom of each.
Gaussian MakeBelief(int n) {
  std::vector<double> covariance(static_cast<size_t>(n) * n);
  for (int i = 0; i < n; ++i) {
    for (int j = 0; j < n; ++j) {
      const double gap = 10.0 * (i - j) / n;
      covariance[n * j + i] = 1 + 0.1 * std::exp(-gap * gap / 18) + (i == j ? 1e-4 : 0);
    }
  }
  return Gaussian(std::vector<double>(n, 2.0), covariance);
}

// The posterior as textbooks have it, one observation after another.
struct Slow {
  explicit Slow(const Gaussian& belief) : n(static_cast<int>(belief.size())), mean(n), covariance(n * n) {
    for (int i = 0; i < n; ++i) mean[i] = belief.mean(i);
    for (int i = 0; i < n; ++i) {
      for (int j = 0; j < n; ++j) covariance[n * i + j] = belief.covariance(i, j);
    }
  }

  void Observe(const Observation& o) {
    const std::vector<double> column(covariance.begin() + n * o.size, covariance.begin() + n * (o.size + 1));
    const double total = column[o.size] + o.variance;
    const double gain = (o.value - mean[o.size]) / total;
    for (int i = 0; i < n; ++i) {
      mean[i] += column[i] * gain;
      for (int j = 0; j < n; ++j) covariance[n * i + j] -= column[i] * column[j] / total;
    }
  }

  int n;
  std::vector<double> mean, covariance;
};

TEST_CASE("An observation of the only size weighs by the precisions") {
  Gaussian belief({1.0}, {4.0});
  belief.Observe(std::vector<Observation>{{.size = 0, .value = 3, .variance = 4}});
  CHECK(belief.mean(0) == Approx(2));
  CHECK(belief.variance(0) == Approx(2));
}

TEST_CASE("Many observations at once equal one after another") {
  const int n = GENERATE(1, 2, 33, 256);
  Gaussian belief = MakeBelief(n);
  Slow slow(belief);
  random::Generator generator(5);
  std::vector<Observation> observations;
  for (size_t i = 0; i < belief.size(); ++i) {
    observations.push_back({.size = i, .value = 2 + generator.StandardNormal(), .variance = i % 2 ? 5e-8 : 1e-3});
  }
  belief.Observe(observations);
  for (const Observation& observation : observations) slow.Observe(observation);
  double farthest = 0;
  for (int i = 0; i < n; ++i) {
    farthest = std::max(farthest, std::abs(belief.mean(i) - slow.mean[i]));
    for (int j = 0; j < n; ++j) {
      farthest = std::max(farthest, std::abs(belief.covariance(i, j) - slow.covariance[n * i + j]));
    }
  }
  CHECK(farthest < 1e-10);
}

TEST_CASE("A bound below the mean raises it a little, one above raises it over the bound's neighbourhood") {
  // For a bound at the mean, the truncated half normal distribution: mean sqrt(2 / pi), variance 1 - 2 / pi.
  Gaussian belief({0.0}, {1.0});
  belief.ObserveAbove(0, 0, 1e-12);
  CHECK(belief.mean(0) == Approx(0.7978845608));
  CHECK(belief.variance(0) == Approx(0.3633802276));
}

TEST_CASE("A bound more than 3 sds below the mean says nothing") {
  Gaussian belief({3.1}, {1.0});
  belief.ObserveAbove(0, 0, 1e-12);
  CHECK(belief.mean(0) == 3.1);
  CHECK(belief.variance(0) == 1.0);
}

TEST_CASE("A bound more than 6 sds above the mean moves it as one 6 sds above") {
  Gaussian far({0.0}, {1.0}), farthest({0.0}, {1.0});
  far.ObserveAbove(0, 50, 1e-12);
  farthest.ObserveAbove(0, 6, 1e-12);
  CHECK(far.mean(0) == Approx(farthest.mean(0)));
  CHECK(far.variance(0) == Approx(farthest.variance(0)));
  CHECK(far.mean(0) > 6);
}

TEST_CASE("A bound moves other sizes along with their covariance") {
  Gaussian belief({0.0, 0.0}, {1.0, 0.5, 0.0, 1.0});
  belief.ObserveAbove(0, 0, 1e-12);
  CHECK(belief.mean(1) == Approx(belief.mean(0) / 2));
}

TEST_CASE("A draw adds the Cholesky factor times the normal numbers, scaled by the temperature") {
  const Gaussian belief({1.0, 2.0}, {4.0, 2.0, 0.0, 2.0});  // The factor is [2 0; 1 1].
  const std::vector<double> z = {1, 3};
  const std::vector<double> draw = belief.Draw(0.5, z);
  CHECK(draw[0] == Approx(1 + 0.5 * 2));
  CHECK(draw[1] == Approx(2 + 0.5 * 4));
  CHECK(belief.Draw(0, z) == std::vector<double>{1.0, 2.0});
}

}  // namespace
}  // namespace zeus::bso::curves
