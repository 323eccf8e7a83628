#include "server/http/zeus/posted_trial.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "absl/numeric/int128.h"
#include "server/http/exchange/utf8.h"
#include "server/http/zeus/field_reader.h"

namespace zeus::bso::http {
namespace {

int64_t ReadInteger(absl::string_view name, FieldReader& reader) {
  std::optional<absl::int128> value;
  reader.Read(name, Presence::kRequired, kUnbounded, value);
  return static_cast<int64_t>(std::clamp<absl::int128>(value.value_or(0), std::numeric_limits<int64_t>::min(),
                                                       std::numeric_limits<int64_t>::max()));
}

double ReadFloat(absl::string_view name, FieldReader& reader) {
  std::optional<double> value;
  reader.Read(name, Presence::kRequired, kUnbounded, value);
  return value.value_or(0);
}

// The reference accepts any time and energy. We refuse values that would corrupt what the job has learned.
void CheckQuantity(absl::string_view name, double value, FieldReader& reader) {
  std::optional<double> checked;
  if (!std::isfinite(value)) {
    reader.Add(name, kNotFinite);
  } else {
    reader.Read(name, Presence::kRequired, kNotNegative, checked);
  }
}

void ReadTrial(FieldReader& reader, PostedTrial& trial) {
  std::optional<std::string> job_id;
  reader.Read("job_id", Presence::kRequired, job_id);
  if (job_id.has_value() && IsUtf8(*job_id, Surrogates::kRefused)) trial.job_id = *job_id;
  trial.batch_size = ReadInteger("batch_size", reader);
  trial.trial_number = ReadInteger("trial_number", reader);
}

}  // namespace

void ReadTrial(const JsonFields& fields, PostedTrial& trial, std::vector<Problem>& problems) {
  FieldReader reader(fields, problems);
  ReadTrial(reader, trial);
}

void ReadResult(const JsonFields& fields, PostedResult& result, std::vector<Problem>& problems) {
  FieldReader reader(fields, problems);
  ReadTrial(reader, result.trial);
  result.time_seconds = ReadFloat("time", reader);
  result.energy_joules = ReadFloat("energy", reader);
  result.metric = ReadFloat("metric", reader);
  result.current_epoch = std::max<int64_t>(ReadInteger("current_epoch", reader), 0);
  if (!problems.empty()) return;
  CheckQuantity("time", result.time_seconds, reader);
  CheckQuantity("energy", result.energy_joules, reader);
}

}  // namespace zeus::bso::http
