// The loads of the soak. Each runs on the calling thread until the soak is over, counts what it did, and goes at a pace
// of its own, so that none starves the others.
#ifndef ZEUS_BSO_TESTS_SOAK_LOADS_H_
#define ZEUS_BSO_TESTS_SOAK_LOADS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "tests/soak/progress.h"

namespace zeus::bso::testing {

// Calls for jobs that do not exist, each for another one, through every kind of call.
void CallForMissingJobs(const std::string& address, uint32_t seed, Progress& progress);

// Registers a job, trains it a little and deletes it, again and again.
void ChurnJobs(const std::string& address, Progress& progress);

// The same through sessions, hundreds of trials and arms a job, of which hundreds are kept for a while: what fills the
// store's buffers and its cache.
void ChurnLargeJobs(const std::string& address, Progress& progress);

// Opens sessions that change a job and never commit: a third is cancelled, a third loses its connection, a third is
// left to --session_timeout of the server, `session_timeout`.
void AbandonSessions(const std::string& address, absl::Duration session_timeout, Progress& progress);

// Watches `job_id` with clients that never read. Each goes away in the end, and another one comes.
void WatchWithoutReading(const std::string& address, const std::string& job_id, Progress& progress);

// Trains a job of this many batch sizes, and registers it anew now and then, so that the store stays of one size.
void Train(const std::string& address, const std::string& job_id, int batch_sizes, Progress& progress);

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SOAK_LOADS_H_
