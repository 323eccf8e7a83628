// A job with the parts of it that are in memory, decoded.
#ifndef ZEUS_BSO_STORAGE_LOADED_JOB_H_
#define ZEUS_BSO_STORAGE_LOADED_JOB_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/arm.h"
#include "model/cost_moments.h"
#include "model/curves.h"
#include "model/trial.h"
#include "storage/latest_rows.h"
#include "storage/records.h"

namespace zeus::bso::storage {

// Not thread-safe. Load loads the job; the Find methods load a part when it is first needed, and need a job that
// exists. Their pointers live until the next change. Errors: those of LatestRows, STORAGE_CORRUPTED.
class LoadedJob {
 public:
  // Reads the record of the job `job_id`.
  static absl::StatusOr<LoadedJob> Load(absl::string_view job_id, const LatestRows& rows);

  // Makes this a job that does not exist.
  void Delete() { *this = LoadedJob(); }
  // Makes this a new job, which has no rows yet.
  void Insert(JobRow new_row);

  bool exists() const { return row.has_value(); }

  // Absent: there is no such job.
  std::optional<JobRow> row;

  // A trial, or null.
  absl::StatusOr<Trial*> FindTrial(int64_t trial_number, const LatestRows& rows);
  // The number of the client's running trial, or nothing.
  absl::StatusOr<std::optional<int64_t>> FindClient(absl::string_view client_id, const LatestRows& rows);
  // All arms, by batch size.
  using Arms = std::map<int64_t, GaussianTsArm>;
  absl::StatusOr<Arms*> FindArms(const LatestRows& rows);
  absl::StatusOr<const Explorations*> FindExplorations(const LatestRows& rows);
  // All sizes of a job of the curves policy, ascending.
  absl::StatusOr<const std::vector<CurvesSize>*> FindCurvesSizes(const LatestRows& rows);
  // Nothing where none were stored.
  absl::StatusOr<std::optional<CostMoments>> FindCostMoments(int64_t batch_size, const LatestRows& rows);
  // The results of one size, trial number descending; at most `limit`, if it is greater than 0.
  absl::StatusOr<std::vector<TrialResult>> FindResults(int64_t batch_size, int64_t limit, const LatestRows& rows);

  // Changes of what is in memory; the rows are the caller's. A part that is not loaded stays so.
  void PutTrial(const Trial& trial);
  // One that has ended.
  void DeleteTrial(int64_t trial_number);
  void PutClient(const std::string& client_id, int64_t trial_number);
  void DeleteClient(absl::string_view client_id);
  void PutCurvesSize(const CurvesSize& size);
  void DeleteCurvesSize(int64_t batch_size);
  void PutCostMoments(int64_t batch_size, const std::optional<CostMoments>& moments) {
    cost_moments_[batch_size] = moments;
  }

  // Forgets a trial that has ended: it is hardly read again.
  void ForgetIfEnded(int64_t trial_number);

  // Roughly what this takes in memory.
  size_t EstimateBytes() const;

 private:
  struct NewestResults {
    int64_t limit = 0;
    std::vector<TrialResult> results;  // As FindResults.
  };

  void PutExploration(const Trial& trial);
  void PutResult(const Trial& trial);

  std::map<int64_t, Trial> trials_;  // By number: those that were asked for or started lately.
  // Absent: not loaded.
  std::optional<std::map<std::string, int64_t, std::less<>>> clients_;
  std::optional<Arms> arms_;
  std::optional<Explorations> explorations_;
  std::optional<std::vector<CurvesSize>> curves_sizes_;
  // By batch size; missing: not loaded.
  std::map<int64_t, std::optional<CostMoments>> cost_moments_;
  std::map<int64_t, NewestResults> newest_results_;
};

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_LOADED_JOB_H_
