#include "storage/due.h"

#include <utility>

#include "model/error.h"
#include "model/status_macros.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {

std::string DueRowKey(const Due& due) {
  if (const auto* const answer = std::get_if<DueAnswer>(&due.what)) return DueRowKey(due.time, answer->request_id);
  if (const auto* const job = std::get_if<DueRelearning>(&due.what)) {
    return DueRowKey(due.time, RelearningKey(job->uid));
  }
  const auto& trial = std::get<DueTrial>(due.what);
  return DueRowKey(due.time, TrialRowKey(trial.uid, trial.key.trial_number));
}

std::string EncodeDue(const Due& due) {
  v1::DueRecord record;
  if (const auto* const trial = std::get_if<DueTrial>(&due.what)) {
    record.mutable_trial()->set_job_id(trial->key.job_id);
    record.mutable_trial()->set_batch_size(trial->key.batch_size);
  } else if (const auto* const job = std::get_if<DueRelearning>(&due.what)) {
    record.mutable_relearning()->set_job_id(job->job_id);
  } else {
    record.mutable_answer();
  }
  return record.SerializeAsString();
}

absl::StatusOr<Due> DecodeDue(absl::string_view key, absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(TimeAndId names, ParseDueRowKey(key));
  v1::DueRecord record;
  if (!record.ParseFromArray(value.data(), static_cast<int>(value.size())) ||
      record.what_case() == v1::DueRecord::WHAT_NOT_SET) {
    return MakeError(Reason::kStorageCorrupted, "a row of what is due cannot be read");
  }
  if (record.has_answer()) return Due{names.time, DueAnswer{std::move(names.id)}};
  if (record.has_relearning()) {
    ZB_ASSIGN_OR_RETURN(const Uid uid, ParseRelearningKey(names.id));
    return Due{names.time, DueRelearning{uid, record.relearning().job_id()}};
  }
  ZB_ASSIGN_OR_RETURN(const UidAndNumber trial, ParseTrialRowKey(names.id));
  return Due{names.time,
             DueTrial{trial.uid, {record.trial().job_id(), record.trial().batch_size(), trial.trial_number}}};
}

}  // namespace zeus::bso::storage
