#include "tests/bench/rig.h"

#include <algorithm>
#include <vector>

#include "tests/bench/process_usage.h"
#include "tests/bench/work.h"

namespace zeus::bso::bench {

Measurement Rig::MeasureEmptyCall(Transport transport, const LoadOptions& options) {
  if (empty_server_ == nullptr) empty_server_ = BenchServer::Empty();
  return MeasurePlaced(options, transport, *empty_server_, EmptyCall());
}

Subject& Rig::SubjectOf(int64_t jobs, storage::Durability durability) {
  auto& subject = subjects_[{jobs, durability}];
  if (subject == nullptr) {
    std::vector<std::string> flags;
    if (durability == storage::Durability::kAsync) flags.push_back("--durability=async");
    subject = std::make_unique<Subject>(stores_, jobs, flags);
  }
  return *subject;
}

EngineCommits& Rig::EngineCommitsOf(int64_t jobs) {
  auto& commits = engine_commits_[jobs];
  if (commits == nullptr) {
    const SubjectJobs subject_jobs(jobs);
    commits = std::make_unique<EngineCommits>(stores_.Copy(subject_jobs.layout()), subject_jobs.mab);
  }
  return *commits;
}

double Rig::PeakResidentMiB() const {
  double peak = 0;
  for (const auto& [key, subject] : subjects_) {
    peak = std::max(peak, bench::PeakResidentMiB(subject->server().pid()));
  }
  return peak;
}

}  // namespace zeus::bso::bench
