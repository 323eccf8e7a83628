// The doubles that are no finite number.
#pragma once

#include <limits>

namespace zeus::bso::testing {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace zeus::bso::testing
