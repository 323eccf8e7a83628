// A Gaussian belief about the values of a curve at the n sizes. A value; no thread safety of its own.
//
// Sources: Observe is the posterior of Gaussian process regression, see C. E. Rasmussen and C. K. I. Williams,
// "Gaussian Processes for Machine Learning" (2006), section 2.2. ObserveAbove matches the first two moments of the
// truncated belief, as expectation propagation does for a one-sided observation (section 3.6).
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_GAUSSIAN_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_GAUSSIAN_H_

#include <cstddef>
#include <span>
#include <vector>

namespace zeus::bso::curves {

// The curve's value at a size, plus independent noise.
struct Observation {
  size_t size = 0;
  double value = 0;
  double variance = 0;  // of the noise; above 0
};

class Gaussian {
 public:
  // `covariance` is n x n in column-major order. Only its lower triangle is used; it is positive definite.
  Gaussian(std::vector<double> mean, std::vector<double> covariance);

  size_t size() const { return mean_.size(); }
  double mean(size_t i) const { return mean_[i]; }
  double variance(size_t i) const { return covariance_[mean_.size() * i + i]; }
  double covariance(size_t i, size_t j) const { return i < j ? covariance(j, i) : covariance_[mean_.size() * j + i]; }

  // Learns these observations, whose order does not matter. O(n^2) for each.
  void Observe(std::span<const Observation> observations);

  // Learns that the value at `size` plus noise of this variance exceeds `bound`. O(n^2).
  void ObserveAbove(size_t size, double bound, double variance);

  // The curve mean + temperature * L * z, where L is the lower Cholesky factor of the covariance: for n independent
  // standard normal numbers `z`, a draw of this belief with its deviation scaled by `temperature`. O(n^3).
  std::vector<double> Draw(double temperature, std::span<const double> z) const;

 private:
  void ObserveBlock(std::span<const Observation> observations);

  std::vector<double> mean_;
  std::vector<double> covariance_;
};

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_GAUSSIAN_H_
