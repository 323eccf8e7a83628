// Draws for a job.
#ifndef ZEUS_BSO_SERVER_SERVICE_JOB_DRAWS_H_
#define ZEUS_BSO_SERVER_SERVICE_JOB_DRAWS_H_

#include "model/job.h"
#include "server/random/generator.h"

namespace zeus::bso {

// The generator for draws that no seed governs.
inline random::Generator& EntropyGenerator() {
  thread_local random::Generator generator = random::Generator::FromEntropy();
  return generator;
}

// What `draw` answers, drawn from the generator that governs the job, which moves on.
template <typename Draw>
auto DrawForJob(Job& job, Draw draw) -> decltype(draw(EntropyGenerator())) {
  if (!job.generator_state.has_value()) return draw(EntropyGenerator());
  random::Generator generator(*job.generator_state);
  auto drawn = draw(generator);
  job.generator_state = generator.state();
  return drawn;
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_JOB_DRAWS_H_
