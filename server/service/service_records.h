// The records of one job, as its policy reads them (policy/policy.h), over the service.
#ifndef ZEUS_BSO_SERVER_SERVICE_SERVICE_RECORDS_H_
#define ZEUS_BSO_SERVER_SERVICE_SERVICE_RECORDS_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "server/policy/policy.h"
#include "server/service/zeus_service.h"

namespace zeus::bso {

// What happens to explorations that are overdue.
enum class Overdue {
  kEnd,     // They end.
  kIgnore,  // They are left out, and no record changes.
};

class ServiceRecords final : public JobRecords {
 public:
  // `service` outlives the records. The job is fetched.
  ServiceRecords(ZeusService& service, std::string job_id, Overdue overdue = Overdue::kEnd)
      : service_(service), job_id_(std::move(job_id)), overdue_(overdue) {}

  absl::StatusOr<Explorations> GetExplorations() override;
  absl::StatusOr<std::vector<GaussianTsArm>> GetArms() override { return service_.GetArms(job_id_); }
  absl::StatusOr<const GaussianTsArm*> GetArm(int64_t batch_size) override {
    return service_.GetArm(job_id_, batch_size);
  }
  absl::StatusOr<CostMoments> GetCostMoments(int64_t batch_size) override {
    return service_.GetCostMoments(job_id_, batch_size);
  }
  absl::StatusOr<std::vector<TrialResult>> GetResults(int64_t batch_size) override {
    return service_.GetTrialResultsOfBatchSize(job_id_, batch_size);
  }
  absl::StatusOr<std::vector<TrialResult>> GetAllResults(int64_t batch_size) override {
    return service_.GetAllResults(job_id_, batch_size);
  }
  absl::StatusOr<std::vector<Trial>> GetNewestTrials(int64_t limit) override {
    return service_.GetNewestTrials(job_id_, limit);
  }
  absl::StatusOr<CollectedSize> GetCollectedSize(int64_t batch_size) override {
    return service_.GetCollectedSize(job_id_, batch_size);
  }
  absl::StatusOr<std::vector<CurvesSize>> GetCurvesSizes() override { return service_.GetCurvesSizes(job_id_); }

 private:
  ZeusService& service_;
  const std::string job_id_;
  const Overdue overdue_;
};

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_SERVICE_RECORDS_H_
