// What a trainer can call, whichever way it takes to the store: the properties of this folder are tested once, on each.
#ifndef ZEUS_BSO_TESTS_CONTENTION_CLIENT_H_
#define ZEUS_BSO_TESTS_CONTENTION_CLIENT_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/arm.h"
#include "model/job.h"
#include "model/trial.h"
#include "server/service/optimizer.h"
#include "storage/store.h"

namespace zeus::bso::testing {

struct RegisteredJob {
  Job job;
  bool created = false;
};

// Each call is a session of its own. Errors bear their reasons; GetJob of no job is JOB_NOT_FOUND. Not thread-safe.
class Client {
 public:
  virtual ~Client() = default;

  // Of BatchSizeOptimizer.
  virtual absl::StatusOr<RegisteredJob> RegisterJob(const JobSpec& spec) = 0;
  virtual absl::StatusOr<Trial> StartTrial(const std::string& job_id, const std::string& client_id = "") = 0;
  virtual absl::StatusOr<Verdict> ReportResult(const Report& report) = 0;
  virtual absl::StatusOr<Trial> EndTrial(const TrialKey& key, TrialFailure failure = TrialFailure::kFailed) = 0;
  virtual absl::Status DeleteJob(const std::string& job_id) = 0;
  virtual absl::StatusOr<std::vector<Trial>> ListTrials(const std::string& job_id) = 0;

  // Of ZeusService.
  virtual absl::StatusOr<Job> GetJob(const std::string& job_id) = 0;
  virtual absl::StatusOr<std::vector<GaussianTsArm>> GetArms(const std::string& job_id) = 0;
  virtual absl::StatusOr<Trial> CreateTrial(const std::string& job_id, int64_t batch_size, TrialType type) = 0;
  virtual absl::StatusOr<std::vector<TrialResult>> GetTrialResultsOfBatchSize(const std::string& job_id,
                                                                              int64_t batch_size) = 0;
};

// Thread-safe. Outlives its clients.
class FrontEnd {
 public:
  virtual ~FrontEnd() = default;
  virtual std::unique_ptr<Client> Connect() = 0;
};

// The way to `store`, which outlives it. Each executable links one: over_the_wire.cc or in_process.cc.
std::unique_ptr<FrontEnd> MakeFrontEnd(storage::Store& store);

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_CONTENTION_CLIENT_H_
