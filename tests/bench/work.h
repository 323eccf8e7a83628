// The units of work that are measured. Jobs and pools outlive them.
#ifndef ZEUS_BSO_TESTS_BENCH_WORK_H_
#define ZEUS_BSO_TESTS_BENCH_WORK_H_

#include "tests/bench/layout.h"
#include "tests/bench/load.h"
#include "tests/bench/trial_pool.h"

namespace zeus::bso::bench {

inline constexpr int kPageSize = 100;

// The call that does nothing.
Work EmptyCall();

// A report of a running trial of a random job of the group, answered with "keep training".
Work KeepTraining(const JobGroup& jobs);

// Starts a trial of a random job; it goes into the pool.
Work StartTrial(const JobGroup& jobs, TrialPool& pool);

// The same for an exploration of a random size, whatever stage the job is in.
Work StartExploration(const JobGroup& jobs, TrialPool& pool);

// The final report of a trial in the pool.
Work FinalReport(TrialPool& pool);

// A trial from its start to its final report, with a report after each of kEpochsOfALife epochs: 11 calls.
Work WholeLife(const JobGroup& jobs);

// A session that does what StartTrial does, in five requests and a commit, one after the other; again when it lost a
// race.
Work FiveOperations(const JobGroup& jobs);

// The same methods in one sequence, with a size that the client has chosen before.
Work SequenceOfFive(const JobGroup& jobs);

// WholeLife, and then FiveOperations, which may reserve the job.
Work LifeAndSession(const JobGroup& jobs, bool reserve);

// A page of trials of a random job.
Work ListPage(const JobGroup& jobs);

// The first page of jobs.
Work ListJobsPage();

// Ends a trial in the pool as failed.
Work EndTrial(TrialPool& pool);

// Registers a job of a new name.
Work RegisterNewJob();

// Deletes the jobs of the group one by one, as long as there are any.
Work DeleteJobs(const JobGroup& jobs);

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_WORK_H_
