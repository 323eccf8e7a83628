// Reads what NumPy 1.24.2 computed, recorded in numpy_generator.json: numbers
// only, doubles as C99 hexadecimal text, 128-bit integers as decimal text.

#ifndef ZEUS_BSO_TESTS_SERVER_RANDOM_NUMPY_VECTORS_H_
#define ZEUS_BSO_TESTS_SERVER_RANDOM_NUMPY_VECTORS_H_

#include <bit>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "server/random/pcg64.h"

namespace zeus::bso::random {

inline const nlohmann::json& NumpyVectors() {
  static const nlohmann::json vectors =
      nlohmann::json::parse(std::ifstream(ZEUS_BSO_TEST_DATA_DIR "/server/random/numpy_generator.json"));
  return vectors;
}

// Doubles are compared by their bits, which tells -0.0 from 0.0.
inline std::uint64_t Bits(double value) { return std::bit_cast<std::uint64_t>(value); }

inline double ParseDouble(const nlohmann::json& hexadecimal) {
  return std::strtod(hexadecimal.get_ref<const std::string&>().c_str(), nullptr);
}

inline std::vector<double> ParseDoubles(const nlohmann::json& hexadecimals) {
  std::vector<double> values;
  for (const nlohmann::json& text : hexadecimals) values.push_back(ParseDouble(text));
  return values;
}

inline std::uint64_t ParseSeed(const nlohmann::json& decimal) { return std::stoull(decimal.get<std::string>()); }

inline Pcg64State MakeState(std::string_view state, std::string_view inc, bool has_uint32, std::uint32_t uinteger) {
  __extension__ typedef unsigned __int128 Uint128;
  const auto parse = [](std::string_view decimal) {
    Uint128 value = 0;
    for (const char digit : decimal) value = value * 10 + static_cast<unsigned>(digit - '0');
    return value;
  };
  return {.state_high = static_cast<std::uint64_t>(parse(state) >> 64),
          .state_low = static_cast<std::uint64_t>(parse(state)),
          .inc_high = static_cast<std::uint64_t>(parse(inc) >> 64),
          .inc_low = static_cast<std::uint64_t>(parse(inc)),
          .has_uint32 = has_uint32,
          .uinteger = uinteger};
}

inline Pcg64State ParseState(const nlohmann::json& state) {
  return MakeState(state.at("state").get<std::string>(), state.at("inc").get<std::string>(),
                   state.at("has_uint32").get<int>() != 0, state.at("uinteger").get<std::uint32_t>());
}

}  // namespace zeus::bso::random

#endif  // ZEUS_BSO_TESTS_SERVER_RANDOM_NUMPY_VECTORS_H_
