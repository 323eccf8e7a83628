// The fields of a job's specification, each named here once, and what copies them to messages and back: to those of the
// API and to those of the storage.
#ifndef ZEUS_BSO_MODEL_JOB_SPEC_FIELDS_H_
#define ZEUS_BSO_MODEL_JOB_SPEC_FIELDS_H_

#include "model/job.h"

// All fields but job_id, in the order of the messages: PLAIN(field) for those that messages hold as they are,
// OTHER(field) for the rest.
#define ZB_JOB_SPEC_FIELDS(PLAIN, OTHER) \
  PLAIN(job_id_prefix)                   \
  OTHER(batch_sizes)                     \
  PLAIN(default_batch_size)              \
  PLAIN(eta_knob)                        \
  OTHER(beta_knob)                       \
  PLAIN(target_metric)                   \
  PLAIN(higher_is_better_metric)         \
  PLAIN(max_epochs)                      \
  PLAIN(num_pruning_rounds)              \
  PLAIN(window_size)                     \
  PLAIN(mab_prior_mean)                  \
  PLAIN(mab_prior_precision)             \
  PLAIN(mab_num_explorations)            \
  OTHER(mab_seed)                        \
  PLAIN(max_power)                       \
  PLAIN(number_of_gpus)                  \
  PLAIN(gpu_model)                       \
  OTHER(trial_timeout)                   \
  PLAIN(max_failures_per_batch_size)     \
  OTHER(policy)

namespace zeus::bso {

// Fills in all but job_id, trial_timeout and policy, which the messages hold in different ways.
template <typename Message>
void FillSpec(const JobSpec& spec, Message& message) {
#define ZB_SET(field) message.set_##field(spec.field);
#define ZB_SKIP(field)
  ZB_JOB_SPEC_FIELDS(ZB_SET, ZB_SKIP)
#undef ZB_SET
#undef ZB_SKIP
  message.mutable_batch_sizes()->Add(spec.batch_sizes.begin(), spec.batch_sizes.end());
  if (spec.beta_knob.has_value()) message.set_beta_knob(*spec.beta_knob);
  if (spec.mab_seed.has_value()) message.set_mab_seed(*spec.mab_seed);
}

// The same fields of a message. A field that it does not have keeps its default.
template <typename Message>
JobSpec SpecFrom(const Message& message) {
  JobSpec spec;
#define ZB_GET(field)                                        \
  if constexpr (requires { message.has_##field(); }) {       \
    if (message.has_##field()) spec.field = message.field(); \
  } else {                                                   \
    spec.field = message.field();                            \
  }
#define ZB_SKIP(field)
  ZB_JOB_SPEC_FIELDS(ZB_GET, ZB_SKIP)
#undef ZB_GET
#undef ZB_SKIP
  spec.batch_sizes.assign(message.batch_sizes().begin(), message.batch_sizes().end());
  if (message.has_beta_knob()) spec.beta_knob = message.beta_knob();
  if (message.has_mab_seed()) spec.mab_seed = message.mab_seed();
  return spec;
}

}  // namespace zeus::bso

#endif  // ZEUS_BSO_MODEL_JOB_SPEC_FIELDS_H_
