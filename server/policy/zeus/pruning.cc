#include "server/policy/zeus/pruning.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/error.h"
#include "server/policy/cost.h"
#include "server/policy/zeus/failed_sizes.h"

namespace zeus::bso {
namespace {

// One round over `sizes` (ascending), walked from `default_size`.
class Round {
 public:
  Round(const Job& job, const Explorations& explorations, int64_t number)
      : job_(job), explorations_(explorations), number_(number) {}

  // Walks both directions. The step that the walk ends in early, or nothing when the round is complete.
  std::optional<PruningStep> Walk(const std::vector<int64_t>& sizes, int64_t default_size) {
    const auto above = std::upper_bound(sizes.begin(), sizes.end(), default_size);
    std::optional<PruningStep> step = WalkDirection(std::make_reverse_iterator(above), sizes.rend());
    if (!step.has_value()) step = WalkDirection(above, sizes.end());
    std::sort(survivors_.begin(), survivors_.end());
    return step;
  }

  const std::vector<int64_t>& tried() const { return tried_; }
  const std::vector<int64_t>& survivors() const { return survivors_; }
  int64_t cheapest() const { return cheapest_; }

 private:
  template <typename Iterator>
  std::optional<PruningStep> WalkDirection(Iterator begin, Iterator end) {
    for (auto size = begin; size != end; ++size) {
      const Trial* const trial = Exploration(*size);
      if (trial == nullptr || !trial->result.has_value()) {
        if (!IsRuledOut(job_, *size)) {
          if (trial == nullptr) return Explore{*size};
          return RunConcurrently{*size};
        }
        tried_.push_back(*size);
        return std::nullopt;
      }
      tried_.push_back(*size);
      if (!trial->result->converged) return std::nullopt;
      Survive(*size, Cost(job_.spec, *trial->result));
    }
    return std::nullopt;
  }

  // The exploration of `size` that belongs to this round, or null.
  const Trial* Exploration(int64_t size) const {
    const auto trials = explorations_.find(size);
    if (trials == explorations_.end() || static_cast<int64_t>(trials->second.size()) <= number_) return nullptr;
    return &trials->second[static_cast<size_t>(number_)];
  }

  void Survive(int64_t size, double cost) {
    survivors_.push_back(size);
    if (cost < least_cost_) {
      least_cost_ = cost;
      cheapest_ = size;
    }
  }

  const Job& job_;
  const Explorations& explorations_;
  const int64_t number_;
  std::vector<int64_t> tried_;
  std::vector<int64_t> survivors_;
  int64_t cheapest_ = 0;
  double least_cost_ = std::numeric_limits<double>::infinity();
};

absl::Status NothingConverged(const Job& job, const std::vector<int64_t>& tried) {
  // Two at most: the first of each direction.
  return NoSizeLeft(Reason::kNothingConverged, job, tried, {{"batch_sizes", absl::StrJoin(tried, ",")}},
                    absl::StrCat("no batch size of job '", job.spec.job_id, "' converged; tried"));
}

}  // namespace

absl::StatusOr<PruningStep> NextPruningStep(const Job& job, const Explorations& explorations) {
  const JobSpec& spec = job.spec;
  std::vector<int64_t> sizes = spec.batch_sizes;
  int64_t default_size = spec.default_batch_size;
  for (int64_t number = 0; number < spec.num_pruning_rounds; ++number) {
    Round round(job, explorations, number);
    if (std::optional<PruningStep> step = round.Walk(sizes, default_size); step.has_value()) return *std::move(step);
    if (round.survivors().empty()) {
      if (number == 0) return NothingConverged(job, round.tried());
      break;
    }
    sizes = round.survivors();
    default_size = round.cheapest();
  }
  return PruningOver{std::move(sizes)};
}

}  // namespace zeus::bso
