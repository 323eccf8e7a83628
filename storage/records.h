// Records as plain values and as the bytes that are stored (zeus.bso.storage.v1), one pair of functions a record.
// Reading back answers STORAGE_CORRUPTED for bytes that are no such record.
#ifndef ZEUS_BSO_STORAGE_RECORDS_H_
#define ZEUS_BSO_STORAGE_RECORDS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "model/arm.h"
#include "model/collected_size.h"
#include "model/cost_moments.h"
#include "model/curves.h"
#include "model/job.h"
#include "model/job_summary.h"
#include "model/trial.h"
#include "storage/keys.h"

namespace zeus::bso::storage {

// A job with what only the storage keeps of it.
struct JobRow {
  Uid uid = 0;
  int64_t last_trial_number = 0;  // 0: no trial was started.
  int64_t revision = 0;           // How many commits have changed the job or anything below it.
  Job job;
};

// That a key that was come upon in the table of jobs is UTF-8, as all text is that travels. STORAGE_CORRUPTED.
absl::Status CheckJobId(absl::string_view key);

// Rounds all times down to microseconds, as they are stored: a record in memory is then what its bytes decode to.
void RoundTimes(Job& job);
void RoundTimes(Trial& trial);

std::string EncodeJob(const JobRow& row);
absl::StatusOr<JobRow> DecodeJob(absl::string_view job_id, absl::string_view value);

std::string EncodeTrial(const Trial& trial);
absl::StatusOr<Trial> DecodeTrial(absl::string_view job_id, int64_t trial_number, absl::string_view value);

// The trial number of a row of clients.
std::string EncodeClient(int64_t trial_number);
absl::StatusOr<int64_t> DecodeClient(absl::string_view value);

std::string EncodeResult(const Result& result);
absl::StatusOr<Result> DecodeResult(absl::string_view value);

std::string EncodeCostMoments(const CostMoments& moments);
absl::StatusOr<CostMoments> DecodeCostMoments(absl::string_view value);

std::string EncodeArm(const GaussianTsArm& arm);
absl::StatusOr<GaussianTsArm> DecodeArm(int64_t batch_size, absl::string_view value);

std::string EncodeJobSummary(const JobSummary& summary);
absl::StatusOr<JobSummary> DecodeJobSummary(absl::string_view value);

std::string EncodeCurvesSize(const CurvesSize& size);
// `job` is the one of the size.
absl::StatusOr<CurvesSize> DecodeCurvesSize(int64_t batch_size, const CurvesJob& job, absl::string_view value);

std::string EncodeCurvesBase(const CurvesBase& base);
absl::StatusOr<CurvesBase> DecodeCurvesBase(absl::string_view value);

std::string EncodeCollectedSize(const CollectedSize& size);
absl::StatusOr<CollectedSize> DecodeCollectedSize(int64_t batch_size, absl::string_view value);

// A request that was answered, as both travelled.
struct Answer {
  std::string request_type;  // Name of the request's message.
  std::string request;       // Serialized, without its request_id.
  std::string response;      // Serialized.
};

std::string EncodeAnswer(const Answer& answer);
absl::StatusOr<Answer> DecodeAnswer(absl::string_view value);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_RECORDS_H_
