// Runs trials of one job, one after the other.
#ifndef ZEUS_BSO_TESTS_SOAK_TRAINER_H_
#define ZEUS_BSO_TESTS_SOAK_TRAINER_H_

#include <cstdint>
#include <string>

#include "tests/soak/progress.h"
#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

// The sizes 1, 2, ..., `number` in place of those of the specification. `number` is at least its default size.
void SetBatchSizes(v1::JobSpec& spec, int number);

class Trainer {
 public:
  Trainer(const std::string& address, Progress& progress) : client_(address), progress_(progress) {}

  void Register(const v1::JobSpec& spec);
  void Delete(const std::string& job_id);

  // Starts a trial, reports a few epochs of it, and converges; every eighth trial is ended as failed.
  void RunTrial(const std::string& job_id);

 private:
  RpcClient client_;
  Progress& progress_;
  int num_trials_ = 0;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SOAK_TRAINER_H_
