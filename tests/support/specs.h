// Job specifications for tests.
#ifndef ZEUS_BSO_TESTS_SUPPORT_SPECS_H_
#define ZEUS_BSO_TESTS_SUPPORT_SPECS_H_

#include <string>

#include "model/job.h"

namespace zeus::bso::testing {

// Three sizes (16, 32, 64; default 32), a seed, and else the defaults. With eta_knob 1 a cost is the energy.
inline JobSpec MakeSpec(const std::string& job_id = "job") {
  JobSpec spec;
  spec.job_id = job_id;
  spec.batch_sizes = {16, 32, 64};
  spec.default_batch_size = 32;
  spec.eta_knob = 1;
  spec.beta_knob = 2;
  spec.mab_seed = 1;
  spec.max_power = 300;
  spec.number_of_gpus = 1;
  spec.gpu_model = "V100";
  return spec;
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_SPECS_H_
