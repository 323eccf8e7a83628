// A server on a store of so many jobs, with all that can be measured on it.
#ifndef ZEUS_BSO_TESTS_BENCH_SUBJECT_H_
#define ZEUS_BSO_TESTS_BENCH_SUBJECT_H_

#include <array>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/bench/bench_server.h"
#include "tests/bench/layout.h"
#include "tests/bench/load.h"
#include "tests/bench/prepared_stores.h"
#include "tests/bench/trial_pool.h"

namespace zeus::bso::bench {

enum class Operation {
  kKeepTraining,
  kStartTrial,
  kFinalInPruning,
  kFinalInMab,
  kWholeLife,
  kSession,
  kSequence,
  kListTrials,
  kLifeAndSession,
  kLifeAndReservedSession,
  // On jobs of the curves policy, as the others are on jobs of the Zeus policy.
  kCurvesKeepTraining,
  kCurvesStartTrial,
  kCurvesFinal,
  kCurvesWholeLife,
};

inline constexpr std::array<Operation, 8> kZeusOperations = {
    Operation::kKeepTraining, Operation::kStartTrial, Operation::kFinalInPruning, Operation::kFinalInMab,
    Operation::kWholeLife,    Operation::kSession,    Operation::kSequence,       Operation::kListTrials};

inline constexpr std::array<Operation, 4> kCurvesOperations = {
    Operation::kCurvesKeepTraining, Operation::kCurvesStartTrial, Operation::kCurvesFinal, Operation::kCurvesWholeLife};

// A store has at most this many jobs of the curves policy, so that it is loaded in no time.
inline constexpr int64_t kMaxCurvesJobs = 1000;

const char* Name(Operation operation);

// Measures with client and server on one CPU when there is nothing to do in parallel: else a wake-up of the other CPU
// is what is measured.
Measurement MeasurePlaced(const LoadOptions& options, Transport transport, BenchServer& server, const Work& work);

// The jobs of a store that is measured.
struct SubjectJobs {
  explicit SubjectJobs(int64_t num_jobs);

  Layout layout() const { return {{mab, page, pruning, curves, reports}}; }

  JobGroup mab;      // num_jobs of them, in the stage of the bandit.
  JobGroup page;     // With enough trials for a page.
  JobGroup pruning;  // num_jobs of them.
  // Of the curves policy, num_jobs of each, but for kMaxCurvesJobs.
  JobGroup curves;   // With kManySizes.
  JobGroup reports;  // With as many sizes as `mab`, since sizes cost a report the same under either policy.
};

class Subject {
 public:
  Subject(PreparedStores& stores, int64_t num_jobs, const std::vector<std::string>& server_flags = {});

  Measurement Measure(Operation operation, Transport transport, const LoadOptions& options);

  BenchServer& server() { return *server_; }

 private:
  // The trials that a final report takes, and the work that puts them there.
  struct Supply {
    TrialPool* trials = nullptr;  // Null: the operation takes none.
    Work start = nullptr;
  };

  Work WorkOf(Operation operation);
  Supply SupplyOf(Operation operation);
  // Starts trials for the final reports to come.
  void Fill(const Supply& supply, Transport transport, const LoadOptions& options);

  const SubjectJobs jobs_;
  TrialPool mab_trials_;
  TrialPool explorations_;
  TrialPool curves_trials_;
  // Of earlier measurements, by in flight: how many trials a final report needs.
  std::map<int, double> rates_;
  std::unique_ptr<BenchServer> server_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_SUBJECT_H_
