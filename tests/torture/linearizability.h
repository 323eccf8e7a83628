// Whether a history of calls can be explained by a job that serves one call at a time.
#ifndef ZEUS_BSO_TESTS_TORTURE_LINEARIZABILITY_H_
#define ZEUS_BSO_TESTS_TORTURE_LINEARIZABILITY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/torture/job_model.h"

namespace zeus::bso::torture {

// A call with the time in which it took effect, if it did. Times are of a clock that never goes back.
struct TimedCall {
  Call call;
  int64_t begin_ns = 0;
  int64_t end_ns = 0;  // When its answer came; of one of unknown outcome, when it can take effect no more.
};

// Nothing, if there is an order of the calls that respects time, in which each takes effect at one moment between its
// begin and its end, one of unknown outcome possibly never, and all answers are those of the model. Otherwise says how
// far the calls can be explained. The algorithm is Wing and Gong's with Lowe's memory of states that were tried
// ("Testing for linearizability", 2017).
std::string Contradiction(const JobModel& initial, std::vector<TimedCall> calls);

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_LINEARIZABILITY_H_
