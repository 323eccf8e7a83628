// Everything that is measured in one run, started when it is first asked for: servers beside each other, idle but for
// the one that is measured.
#ifndef ZEUS_BSO_TESTS_BENCH_RIG_H_
#define ZEUS_BSO_TESTS_BENCH_RIG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "storage/store.h"
#include "tests/bench/bench_server.h"
#include "tests/bench/engine_commits.h"
#include "tests/bench/prepared_stores.h"
#include "tests/bench/quietest.h"
#include "tests/bench/subject.h"

namespace zeus::bso::bench {

class Rig {
 public:
  explicit Rig(const std::string& data_directory) : stores_(data_directory) {}

  PreparedStores& stores() { return stores_; }
  Quietest& quietest() { return quietest_; }

  Measurement MeasureEmptyCall(Transport transport, const LoadOptions& options);

  Subject& SubjectOf(int64_t jobs, storage::Durability durability = storage::Durability::kSync);

  // On a store like that of SubjectOf(jobs).
  EngineCommits& EngineCommitsOf(int64_t jobs);

  // The highest resident memory of any of the servers with a store so far.
  double PeakResidentMiB() const;

 private:
  PreparedStores stores_;
  Quietest quietest_;
  std::unique_ptr<BenchServer> empty_server_;
  std::map<std::pair<int64_t, storage::Durability>, std::unique_ptr<Subject>> subjects_;
  std::map<int64_t, std::unique_ptr<EngineCommits>> engine_commits_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_RIG_H_
