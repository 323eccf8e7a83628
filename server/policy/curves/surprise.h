// Decides when to believe a result that contradicts the belief. Pure functions.
//
// A single one may be a fluke. A second one in the same direction at the same size is believed of that size, and at
// another size of all sizes: then the job or its machine has changed.
#ifndef ZEUS_BSO_SERVER_POLICY_CURVES_SURPRISE_H_
#define ZEUS_BSO_SERVER_POLICY_CURVES_SURPRISE_H_

#include <optional>

#include "server/policy/curves/state.h"

namespace zeus::bso::curves {

struct Verdict {
  bool believe = false;                       // of this size
  bool spread = false;                        // of all other sizes
  std::optional<size_t> skip = std::nullopt;  // other than this one, which has believed its own surprise already
};

// `deviation` is the result less the size's mean, which has the weight `weight`. A mean of a single run is always given
// up for the new result. A second fall at one size spreads too: what got cheaper there may have got cheaper elsewhere,
// and if not, a few runs show it.
Verdict JudgeSurprise(const Surprise& last, size_t size, double deviation, double weight);

// The job remembers this about a surprise that did not spread.
Surprise MakeSurprise(size_t size, double deviation, bool believed);

}  // namespace zeus::bso::curves

#endif  // ZEUS_BSO_SERVER_POLICY_CURVES_SURPRISE_H_
