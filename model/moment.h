// A point in time, on both clocks of a server.
#ifndef ZEUS_BSO_MODEL_MOMENT_H_
#define ZEUS_BSO_MODEL_MOMENT_H_

#include "absl/time/time.h"

namespace zeus::bso {

struct Moment {
  // On the wall: what people are told. The clock may be set, forwards and backwards.
  absl::Time wall;
  // The store's clock, by which things are due. It runs while a server serves the store, and is never set.
  absl::Time serving;

  // Implicit: a moment at which both say the same.
  Moment(absl::Time both) : wall(both), serving(both) {}  // NOLINT(google-explicit-constructor)
  Moment(absl::Time wall_time, absl::Time serving_time) : wall(wall_time), serving(serving_time) {}
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_MOMENT_H_
