// The record of a job's summary.
#include <cmath>
#include <string>

#include "model/status_macros.h"
#include "storage/record_parsing.h"
#include "storage/records.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

void Fill(const Saving& saving, v1::JobSummaryRecord::Saving& record) {
  record.set_median(saving.median);
  record.set_low(saving.low);
  record.set_high(saving.high);
}

absl::StatusOr<Saving> FromRecord(const v1::JobSummaryRecord::Saving& record) {
  const Saving saving{.median = record.median(), .low = record.low(), .high = record.high()};
  if (std::isnan(saving.median) || std::isnan(saving.low) || std::isnan(saving.high)) return Corrupted("saving");
  return saving;
}

}  // namespace

std::string EncodeJobSummary(const JobSummary& summary) {
  v1::JobSummaryRecord record;
  record.set_last_trial_number(summary.last_trial_number);
  record.set_last_end_time_micros(absl::ToUnixMicros(summary.last_end_time));
  if (summary.best_batch_size.has_value()) record.set_best_batch_size(*summary.best_batch_size);
  record.set_best_probability(summary.best_probability);
  if (summary.cost_saving.has_value()) Fill(*summary.cost_saving, *record.mutable_cost_saving());
  if (summary.time_saving.has_value()) Fill(*summary.time_saving, *record.mutable_time_saving());
  if (summary.energy_saving.has_value()) Fill(*summary.energy_saving, *record.mutable_energy_saving());
  record.set_num_warnings(summary.num_warnings);
  record.set_num_corrections(summary.num_corrections);
  return record.SerializeAsString();
}

absl::StatusOr<JobSummary> DecodeJobSummary(absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::JobSummaryRecord record, Parse<v1::JobSummaryRecord>(value, "summary"));
  JobSummary summary{.last_trial_number = record.last_trial_number(),
                     .best_probability = record.best_probability(),
                     .num_warnings = record.num_warnings(),
                     .num_corrections = record.num_corrections()};
  ZB_RETURN_IF_ERROR(CheckCounter(summary.last_trial_number, "trial number"));
  ZB_RETURN_IF_ERROR(CheckCounter(summary.num_warnings, "number of warnings"));
  ZB_ASSIGN_OR_RETURN(summary.last_end_time, TimeFromRecord(record.last_end_time_micros()));
  if (!(summary.best_probability >= 0 && summary.best_probability <= 1)) return Corrupted("probability");
  if (record.has_best_batch_size()) summary.best_batch_size = record.best_batch_size();
  if (record.has_cost_saving()) {
    ZB_ASSIGN_OR_RETURN(summary.cost_saving, FromRecord(record.cost_saving()));
  }
  if (record.has_time_saving()) {
    ZB_ASSIGN_OR_RETURN(summary.time_saving, FromRecord(record.time_saving()));
  }
  if (record.has_energy_saving()) {
    ZB_ASSIGN_OR_RETURN(summary.energy_saving, FromRecord(record.energy_saving()));
  }
  return summary;
}

}  // namespace zeus::bso::storage
