// StandardNormal draws from the normal distribution of mean 0 and standard
// deviation 1 by the ziggurat method with 256 layers, draw for draw as NumPy
// 1.24's Generator does. It changes only `bits`, hence is as thread-safe as
// that. Source: G. Marsaglia and W. W. Tsang, "The Ziggurat Method for
// Generating Random Variables", 2000.

#ifndef ZEUS_BSO_SERVER_RANDOM_STANDARD_NORMAL_H_
#define ZEUS_BSO_SERVER_RANDOM_STANDARD_NORMAL_H_

#include "server/random/pcg64.h"

namespace zeus::bso::random {

double StandardNormal(Pcg64& bits);

}  // namespace zeus::bso::random

#endif  // ZEUS_BSO_SERVER_RANDOM_STANDARD_NORMAL_H_
