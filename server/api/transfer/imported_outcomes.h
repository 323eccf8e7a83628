// What the ended trials of an imported job say about its other records.
#ifndef ZEUS_BSO_SERVER_API_TRANSFER_IMPORTED_OUTCOMES_H_
#define ZEUS_BSO_SERVER_API_TRANSFER_IMPORTED_OUTCOMES_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "model/collected_size.h"
#include "model/cost_moments.h"
#include "model/job.h"
#include "model/trial.h"

namespace zeus::bso::api {

// Not thread-safe.
class ImportedOutcomes {
 public:
  // Takes in a trial that has ended; and what those said that were collected.
  void Add(const Job& job, const Trial& trial);
  void Add(const Job& job, const CollectedSize& size);

  // That a job has these failures, min_cost and cost moments after such trials. INVALID_FIELD.
  absl::Status Check(const Job& job, const std::map<int64_t, CostMoments>& moments) const;

 private:
  // A trial at the size has converged.
  void TakeMinCost(int64_t batch_size, double cost);
  absl::Status CheckFailures(const Job& job) const;
  absl::Status CheckMinCost(const Job& job) const;
  absl::Status CheckMoments(int64_t batch_size, const CostMoments& given) const;

  std::map<int64_t, int64_t> num_failed_;   // By batch size.
  std::map<int64_t, CostMoments> moments_;  // Likewise, of all results.
  std::optional<double> min_cost_;          // Of those that converged.
  std::set<int64_t> min_cost_sizes_;
};

// INVALID_FIELD about one field.
absl::Status InvalidField(absl::string_view field, absl::string_view rule);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_TRANSFER_IMPORTED_OUTCOMES_H_
