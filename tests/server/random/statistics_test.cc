#include "server/random/statistics.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstddef>
#include <vector>

#include "server/random/generator.h"
#include "tests/server/random/numpy_vectors.h"

namespace zeus::bso::random {
namespace {

void CheckReductions(const std::vector<double>& values, double sum, double mean, double variance) {
  CAPTURE(values.size());
  CHECK(Bits(Sum(values)) == Bits(sum));
  CHECK(Bits(Mean(values)) == Bits(mean));
  CHECK(Bits(PopulationVariance(values)) == Bits(variance));
}

TEST_CASE("Recorded reductions equal NumPy's") {
  for (const nlohmann::json& recorded : NumpyVectors().at("reductions")) {
    CheckReductions(ParseDoubles(recorded.at("values")), ParseDouble(recorded.at("sum")),
                    ParseDouble(recorded.at("mean")), ParseDouble(recorded.at("var")));
  }
}

// Of default_rng(size).normal(-1e6, 12345.0, size).
struct Reduction {
  std::size_t size;
  double sum;
  double mean;
  double variance;
};

constexpr Reduction kReductions[] = {
    {131, -0x1.f36057ae45459p+26, -0x1.e7f0b3796cb94p+19, 0x1.08079c24d2197p+27},
    {257, -0x1.e9ca517b59fafp+27, -0x1.e7e26f0c4dad4p+19, 0x1.d5eb3108d8dbep+26},
    {1023, -0x1.e780b416d1c7dp+29, -0x1.e7fab2c382a88p+19, 0x1.1728d3a791deap+27},
    {1025, -0x1.e8c94af4bfa86p+29, -0x1.e84f3726f5eaep+19, 0x1.21ad0573fd8aep+27},
    {2051, -0x1.e8fb094dac988p+30, -0x1.e843efd3bd319p+19, 0x1.235fd4dc7d51dp+27},
    {4999, -0x1.29d0afd5e7452p+32, -0x1.e809ba98c1671p+19, 0x1.31e0601f0c189p+27},
    {8191, -0x1.e8126f76aff58p+32, -0x1.e821b08434172p+19, 0x1.1b61c8cf05a22p+27},
    {8193, -0x1.e862bc6a84098p+32, -0x1.e85379ceb593dp+19, 0x1.26f3a7119c09ap+27},
    {9999, -0x1.29f30fc9dda6cp+33, -0x1.e8358f27e63c6p+19, 0x1.23e15b72fcbcbp+27},
    {16385, -0x1.e85e3ea0f0919p+33, -0x1.e8569d467b77ap+19, 0x1.255a1032ee466p+27},
    {20001, -0x1.2a0b35bd30217p+34, -0x1.e84a601aee41bp+19, 0x1.23713e149d6d1p+27},
};

TEST_CASE("Reductions of odd lengths equal NumPy's") {
  for (const Reduction& expected : kReductions) {
    Generator generator(expected.size);
    std::vector<double> values(expected.size);
    for (double& value : values) value = generator.Normal(-1e6, 12345.0);
    CheckReductions(values, expected.sum, expected.mean, expected.variance);
  }
}

TEST_CASE("The sum of nothing is zero, its mean and variance are not numbers") {
  CHECK(Bits(Sum({})) == Bits(0.0));
  CHECK(std::isnan(Mean({})));
  CHECK(std::isnan(PopulationVariance({})));
}

TEST_CASE("Negative zeros sum to positive zero") {
  CHECK(Bits(Sum(std::vector<double>(1, -0.0))) == Bits(0.0));
  CHECK(Bits(Sum(std::vector<double>(9, -0.0))) == Bits(0.0));
}

}  // namespace
}  // namespace zeus::bso::random
