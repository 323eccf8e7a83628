// Job specifications for tests.
#ifndef ZEUS_BSO_TESTS_SUPPORT_SPECS_H_
#define ZEUS_BSO_TESTS_SUPPORT_SPECS_H_

#include <string>

#include "server/model/job.h"
#include "zeus/bso/v1/resources.pb.h"

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

// The same as a message.
inline v1::JobSpec MakeSpecMessage(const std::string& job_id = "job") {
  v1::JobSpec spec;
  spec.set_job_id(job_id);
  for (const int size : {16, 32, 64}) spec.add_batch_sizes(size);
  spec.set_default_batch_size(32);
  spec.set_eta_knob(1);
  spec.set_mab_seed(1);
  spec.set_max_power(300);
  spec.set_number_of_gpus(1);
  spec.set_gpu_model("V100");
  return spec;
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_SPECS_H_
