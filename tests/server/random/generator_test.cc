#include "server/random/generator.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <numeric>
#include <string>
#include <vector>

#include "tests/server/random/numpy_vectors.h"
#include "tests/server/random/sha256.h"

namespace zeus::bso::random {
namespace {

void CheckNormals(const nlohmann::json& step, Generator& generator) {
  const double loc = step.at("arg").at(0).get<double>();
  const double scale = step.at("arg").at(1).get<double>();
  for (const double expected : ParseDoubles(step.at("result"))) {
    CHECK(Bits(generator.Normal(loc, scale)) == Bits(expected));
  }
}

void CheckStep(const nlohmann::json& step, Generator& generator) {
  if (step.at("op") == "choice") {
    CHECK(generator.Choice(step.at("arg").get<std::vector<std::int64_t>>()) ==
          step.at("result").get<std::vector<std::int64_t>>());
  } else {
    REQUIRE(step.at("op") == "normal");
    CheckNormals(step, generator);
  }
  CHECK(generator.state() == ParseState(step.at("state")));
}

TEST_CASE("Recorded sequences of choices and normals equal NumPy's") {
  for (const nlohmann::json& recorded : NumpyVectors().at("cases")) {
    Generator generator(ParseSeed(recorded.at("seed")));
    CAPTURE(recorded.at("seed"));
    for (const nlohmann::json& step : recorded.at("steps")) CheckStep(step, generator);
  }
}

TEST_CASE("Recorded sequences survive a restore of the state before each step") {
  for (const nlohmann::json& recorded : NumpyVectors().at("cases")) {
    CAPTURE(recorded.at("seed"));
    Pcg64State state = ParseState(recorded.at("initial"));
    for (const nlohmann::json& step : recorded.at("steps")) {
      Generator restored(state);
      CheckStep(step, restored);
      state = restored.state();
    }
  }
}

// Populations on both sides of the size where NumPy changes its algorithm:
// choice(arange(size) * 3 - 5, size, replace=False), then normal(2.5, 1e4).
struct ChoiceCase {
  std::uint64_t seed;
  std::size_t size;
  std::string sha256;
  double next_normal;
  Pcg64State state;
};

const std::vector<ChoiceCase>& ChoiceCases() {
  static const std::vector<ChoiceCase> cases = {
      {4294967295u, 1, "5e4f54646df2c113c3692027f87708068b722b3dbb3d23cabb996ef5e2dd7d24", -0x1.0e37b6a5f9ea6p+8,
       MakeState("250529017089107423214903015245874153853", "290547968807786152992028972051586286075", false, 0)},
      {4294967296u, 2, "962b3abb0b89653a776b4841b134a627946fa754e3b8e4bb5c693a4e52cb8f40", -0x1.32562c76737dbp+13,
       MakeState("31254541174697996520979142305007401502", "159503441853545908714793740543692941767", false,
                 3821399010)},
      {9223372036854775808u, 1024, "3563130a2e53fcdedcfbfbfa31be2bc53c429bb11af0355f5f55215f18d7971e",
       0x1.f1627772a3c75p+11,
       MakeState("182696894348093380061490466207053527061", "151448436560333419211276710314947543355", false,
                 3451172236)},
      {7u, 9999, "1340cb26cba4c4786bcb784e4890febe4223aaf9fe1d542b953ebc263bcfc36c", 0x1.c09098a1d13f6p+13,
       MakeState("60305514813087496634907870168279573891", "261136684632268670825940853076396136793", false,
                 3762605800)},
      {18446744073709551615u, 10000, "db18460c48888cd31eebfbbf1abde578e93d1f0bd1eb82e9237a9f406d4e1925",
       0x1.6991609dc2f97p+13,
       MakeState("206771320294791105013515677365952027104", "73721096341569855656437781216719622637", false,
                 2388854080)},
      {3u, 10001, "2a3f3048f1dd68374560938b5a514efaefe8fe4236a27f2f2abb561823009f69", 0x1.82f39a7032ad2p+10,
       MakeState("218414472038628304552259174832636956826", "222003063171874261427395693950637096479", false,
                 4089454512)},
      {9223372036854775808u, 20000, "b3c987e4cff4e88e7e95e50afab18b0a29c127d61a600b345c8d483dedd09131",
       -0x1.f79e268c72bdep+13,
       MakeState("271981047290862501130913947806552583476", "151448436560333419211276710314947543355", true,
                 1500397709)},
  };
  return cases;
}

TEST_CASE("Choices of small and large populations equal NumPy's") {
  for (const ChoiceCase& expected : ChoiceCases()) {
    CAPTURE(expected.seed, expected.size);
    std::vector<std::int64_t> population(expected.size);
    for (std::size_t i = 0; i < expected.size; ++i) population[i] = static_cast<std::int64_t>(i) * 3 - 5;
    Generator generator(expected.seed);
    Sha256 hash;
    for (const std::int64_t value : generator.Choice(population)) hash.Append(static_cast<std::uint64_t>(value));
    CHECK(hash.Hexadecimal() == expected.sha256);
    CHECK(Bits(generator.Normal(2.5, 1e4)) == Bits(expected.next_normal));
    CHECK(generator.state() == expected.state);
  }
}

TEST_CASE("A choice keeps every element once") {
  std::vector<std::int64_t> population(1000);
  std::iota(population.begin(), population.end(), 0);
  std::vector<std::int64_t> chosen = Generator::FromEntropy().Choice(population);
  CHECK(chosen != population);
  std::sort(chosen.begin(), chosen.end());
  CHECK(chosen == population);
}

TEST_CASE("A choice of none or one draws nothing") {
  Generator generator(1);
  const Pcg64State before = generator.state();
  CHECK(generator.Choice({}).empty());
  CHECK(generator.Choice(std::vector<std::int64_t>{7}) == std::vector<std::int64_t>{7});
  CHECK(generator.state() == before);
}

TEST_CASE("A standard normal is the normal of mean 0 and deviation 1, and takes the same draws") {
  Generator standard(7), general(7);
  for (int i = 0; i < 1000; ++i) CHECK(standard.StandardNormal() == general.Normal(0, 1));
  CHECK(standard.state() == general.state());
}

TEST_CASE("A normal of scale zero is its mean, and costs a draw") {
  Generator generator(1);
  const Pcg64State before = generator.state();
  CHECK(generator.Normal(3.5, 0.0) == 3.5);
  CHECK(generator.state() != before);
}

TEST_CASE("A restored generator goes on alike, a kept 32-bit number included") {
  Pcg64 bits(9);
  bits.Next32();
  REQUIRE(bits.state().has_uint32);
  Generator original(bits.state());
  const std::vector<std::int64_t> population = {8, 16, 32};
  Generator restored(original.state());
  for (int i = 0; i < 100; ++i) {
    CHECK(restored.Choice(population) == original.Choice(population));
    CHECK(Bits(restored.Normal(1.0, 2.0)) == Bits(original.Normal(1.0, 2.0)));
  }
  CHECK(restored.state() == original.state());
}

TEST_CASE("Generators from entropy differ") {
  CHECK(Generator::FromEntropy().state() != Generator::FromEntropy().state());
}

}  // namespace
}  // namespace zeus::bso::random
