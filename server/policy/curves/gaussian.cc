#include "server/policy/curves/gaussian.h"

#include <Eigen/Cholesky>
#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <utility>

#include "server/policy/numeric.h"

namespace zeus::bso::curves {
namespace {

using Eigen::MatrixXd;
using Eigen::VectorXd;

// The number of observations learned at once. The covariance passes through the caches once for each block rather than
// for each observation. Larger blocks are no faster, and less accurate.
constexpr size_t kBlock = 8;

// Added to the variances before a Cholesky factorization.
constexpr double kJitter = 1e-9;

// A bound this many sds below the mean says nothing. One further above the mean than kFarthestBound counts as that, as
// the ratio of density and distribution function gets inaccurate there.
constexpr double kSilentBound = 3;
constexpr double kFarthestBound = -6;

Eigen::Index ToIndex(size_t i) { return static_cast<Eigen::Index>(i); }

Eigen::Map<VectorXd> AsVector(std::vector<double>& values) { return {values.data(), ToIndex(values.size())}; }

Eigen::Map<const VectorXd> AsVector(std::span<const double> values) { return {values.data(), ToIndex(values.size())}; }

Eigen::Map<MatrixXd> AsMatrix(std::vector<double>& values, Eigen::Index n) { return {values.data(), n, n}; }

Eigen::Map<const MatrixXd> AsMatrix(const std::vector<double>& values, Eigen::Index n) { return {values.data(), n, n}; }

// Column `i` of the symmetric matrix of which `lower` holds the lower triangle.
template <typename Column>
void CopyColumn(const Eigen::Map<MatrixXd>& lower, Eigen::Index i, Column column) {
  const Eigen::Index below = lower.rows() - i;
  column.head(i) = lower.row(i).head(i).transpose();
  column.tail(below) = lower.col(i).tail(below);
}

}  // namespace

Gaussian::Gaussian(std::vector<double> mean, std::vector<double> covariance)
    : mean_(std::move(mean)), covariance_(std::move(covariance)) {}

void Gaussian::Observe(std::span<const Observation> observations) {
  while (!observations.empty()) {
    const size_t count = std::min(observations.size(), kBlock);
    ObserveBlock(observations.first(count));
    observations = observations.subspan(count);
  }
}

// With C the columns of the covariance S at the observed sizes, Q = C[observed] + noise = L L' and A = L^-1 C', the
// posterior has the mean m + A' L^-1 (y - m[observed]) and the covariance S - A' A.
void Gaussian::ObserveBlock(std::span<const Observation> observations) {
  const Eigen::Index n = ToIndex(size()), count = ToIndex(observations.size());
  Eigen::Map<VectorXd> mean = AsVector(mean_);
  Eigen::Map<MatrixXd> lower = AsMatrix(covariance_, n);

  MatrixXd columns(n, count);
  VectorXd residual(count);
  for (size_t k = 0; k < observations.size(); ++k) {
    const Observation& observation = observations[k];
    CopyColumn(lower, ToIndex(observation.size), columns.col(ToIndex(k)));
    residual[ToIndex(k)] = observation.value - mean_[observation.size];
  }
  MatrixXd total(count, count);
  for (size_t k = 0; k < observations.size(); ++k) {
    total.row(ToIndex(k)) = columns.row(ToIndex(observations[k].size));
    total(ToIndex(k), ToIndex(k)) += observations[k].variance;
  }

  const Eigen::LLT<MatrixXd> factor(total);
  factor.matrixL().solveInPlace(residual);
  factor.matrixL().transpose().solveInPlace<Eigen::OnTheRight>(columns);  // A'
  mean.noalias() += columns * residual;
  lower.selfadjointView<Eigen::Lower>().rankUpdate(columns, -1);
}

void Gaussian::ObserveAbove(size_t size, double bound, double variance) {
  const double sd = std::sqrt(this->variance(size) + variance);
  double z = (mean_[size] - bound) / sd;
  if (z > kSilentBound) return;
  z = std::max(z, kFarthestBound);
  const double ratio = NormalPdf(z) / NormalCdf(z);

  const Eigen::Index n = ToIndex(mean_.size());
  Eigen::Map<MatrixXd> lower = AsMatrix(covariance_, n);
  VectorXd column(n);
  CopyColumn(lower, ToIndex(size), column.head(n));
  AsVector(mean_) += column * (ratio / sd);
  lower.selfadjointView<Eigen::Lower>().rankUpdate(column, -(ratio * (ratio + z) / (sd * sd)));
}

std::vector<double> Gaussian::Draw(double temperature, std::span<const double> z) const {
  const Eigen::Index n = ToIndex(size());
  MatrixXd lower = AsMatrix(covariance_, n);
  lower.diagonal().array() += kJitter;
  const Eigen::LLT<Eigen::Ref<MatrixXd>> factor(lower);

  const VectorXd deviation = factor.matrixL() * AsVector(z);
  std::vector<double> draw(mean_);
  AsVector(draw) += temperature * deviation;
  return draw;
}

}  // namespace zeus::bso::curves
