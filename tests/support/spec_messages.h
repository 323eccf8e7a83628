// Job specifications for tests, as messages.
#ifndef ZEUS_BSO_TESTS_SUPPORT_SPEC_MESSAGES_H_
#define ZEUS_BSO_TESTS_SUPPORT_SPEC_MESSAGES_H_

#include <string>

#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::testing {

// What MakeSpec (specs.h) makes.
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
  spec.set_policy(v1::POLICY_ZEUS);
  return spec;
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_SPEC_MESSAGES_H_
