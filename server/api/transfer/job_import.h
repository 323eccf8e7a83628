// A job made of the records of an export.
#ifndef ZEUS_BSO_SERVER_API_TRANSFER_JOB_IMPORT_H_
#define ZEUS_BSO_SERVER_API_TRANSFER_JOB_IMPORT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "model/cost_moments.h"
#include "model/job.h"
#include "model/limits.h"
#include "model/moment.h"
#include "model/trial.h"
#include "server/api/access/permissions.h"
#include "server/api/transfer/imported_outcomes.h"
#include "storage/session.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::api {

// Not thread-safe.
class JobImport {
 public:
  // `clock` says when running trials are taken to be heard from: at the end. `permissions` are the caller's, and
  // outlive the import.
  JobImport(std::unique_ptr<storage::Session> session, std::function<Moment()> clock, const Limits& limits,
            const Permissions& permissions)
      : session_(std::move(session)), clock_(std::move(clock)), limits_(limits), permissions_(permissions) {}

  // Takes the next record. INVALID_FIELD: it is not valid, or does not fit to those before. JOB_EXISTS, TOO_MANY_JOBS,
  // TOO_MANY_RUNNING_TRIALS, SESSION_TOO_LONG, and the errors of Permissions and of the storage. To be dropped after an
  // error.
  absl::Status Take(const v1::JobRecord& record);

  // That the last record was the end. INVALID_FIELD.
  absl::Status CheckIsWhole() const;

  // The id of the job; only after the first record.
  const std::string& job_id() const { return job_->spec.job_id; }

  // To be committed once it is whole.
  storage::Session& session() { return *session_; }

  // The job as it is now; only when it is whole.
  void FillIn(v1::ImportJobResponse& response) const;

 private:
  // What may still come. Records are in this order.
  enum class Part {
    kJob,
    kCurvesJob,
    kCurvesSizes,
    kCurvesBase,
    kCollectedSizes,
    kArms,
    kCostMoments,
    kTrials,
    kNothing
  };

  absl::Status TakeJob(const v1::Job& message);
  absl::Status TakeCurvesJob(const v1::CurvesJobState& message);
  absl::Status TakeCurvesSize(const v1::CurvesSizeState& message);
  absl::Status TakeCurvesBase(const v1::CurvesBase& message);
  absl::Status TakeCollectedSize(const v1::CollectedSize& message);
  absl::Status TakeArm(const v1::GaussianTsArm& message);
  absl::Status TakeCostMoments(const v1::CostMoments& message);
  absl::Status TakeTrial(const v1::Trial& message);
  absl::Status TakeEnd(const v1::JobEnd& message);
  // That trials have the numbers that the history of the job says.
  absl::Status CheckNumber(int64_t trial_number);
  absl::Status CheckNumbers() const;
  // Adds a trial of a job of the curves policy to `counts_`.
  void Count(const Trial& trial);
  // Checks that the sizes of a job of the curves policy count the trials that came.
  absl::Status CheckCurvesSizes();
  // That a record of this kind may come now.
  absl::Status Advance(Part part, const char* name);
  // That a size is one of the job's, and greater than that of the record before of its kind.
  absl::Status CheckBatchSize(int64_t batch_size, const char* field);
  // That what a job of the curves policy knows, and that of no other, has come before this part.
  absl::Status CheckCurvesBefore(Part part) const;

  const std::unique_ptr<storage::Session> session_;
  const std::function<Moment()> clock_;
  const Limits limits_;
  const Permissions& permissions_;
  const Job* job_ = nullptr;
  Part part_ = Part::kJob;
  int num_records_ = 0;
  int64_t last_batch_size_ = 0;
  int64_t num_trials_ = 0;
  int64_t last_trial_ = 0;             // The number of the last one that came.
  int64_t num_counted_collected_ = 0;  // Trials that the collected sizes count.
  bool is_learning_anew_ = false;
  bool has_curves_job_ = false;
  bool has_curves_base_ = false;
  std::vector<CurvesSize> curves_sizes_;
  std::map<int64_t, CurvesSize> counts_;    // By batch size: what the trials say. Only pending and num_ fields are set.
  int64_t num_running_elsewhere_ = 0;       // At sizes that were removed from the job.
  std::map<int64_t, CostMoments> moments_;  // By batch size.
  ImportedOutcomes outcomes_;
  std::vector<Trial> running_trials_;  // Restored at the end.
  std::set<std::string> running_clients_;
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_TRANSFER_JOB_IMPORT_H_
