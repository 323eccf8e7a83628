// What a session does to trials that are collected, and to the base that keeps what they taught.
#include <string>
#include <utility>

#include "model/status_macros.h"
#include "storage/session.h"

namespace zeus::bso::storage {

absl::Status Session::PutCurvesBase(absl::string_view job_id, const CurvesBase& base) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  batch_->Put(Table::kCurvesBases, UidKey(entry.row().uid), EncodeCurvesBase(base));
  return absl::OkStatus();
}

absl::StatusOr<std::optional<CurvesBase>> Session::ReadCurvesBase(absl::string_view job_id) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  const JobEntry& entry = *Find(job_id);
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      entry.rows->Get(Table::kCurvesBases, UidKey(entry.row().uid)));
  if (!value.has_value()) return std::nullopt;
  return DecodeCurvesBase(*value);
}

absl::StatusOr<std::optional<CollectedSize>> Session::ReadCollectedSize(absl::string_view job_id, int64_t batch_size) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, FetchedJob(job_id));
  if (!job->history.has_value()) return std::nullopt;
  const JobEntry& entry = *Find(job_id);
  ZB_ASSIGN_OR_RETURN(const std::optional<std::string> value,
                      entry.rows->Get(Table::kCollectedSizes, CollectedSizeRowKey(entry.row().uid, batch_size)));
  if (!value.has_value()) return std::nullopt;
  return DecodeCollectedSize(batch_size, *value);
}

absl::StatusOr<std::vector<CollectedSize>> Session::ReadCollectedSizes(absl::string_view job_id) {
  std::vector<CollectedSize> sizes;
  ZB_ASSIGN_OR_RETURN(const Job* const job, FetchedJob(job_id));
  if (!job->history.has_value()) return sizes;
  const JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(
      entry.rows->ScanPrefix(Table::kCollectedSizes, UidKey(entry.row().uid),
                             [&](absl::string_view key, absl::string_view value) -> absl::StatusOr<bool> {
                               ZB_ASSIGN_OR_RETURN(const int64_t batch_size, BatchSizeOfCollectedSizeRow(key));
                               ZB_ASSIGN_OR_RETURN(sizes.emplace_back(), DecodeCollectedSize(batch_size, value));
                               return true;
                             }));
  return sizes;
}

absl::Status Session::PutCollectedSize(absl::string_view job_id, const CollectedSize& size) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  batch_->Put(Table::kCollectedSizes, CollectedSizeRowKey(entry.row().uid, size.batch_size), EncodeCollectedSize(size));
  return absl::OkStatus();
}

absl::Status Session::DeleteCollectedSize(absl::string_view job_id, int64_t batch_size) {
  ZB_RETURN_IF_ERROR(FetchedJob(job_id).status());
  JobEntry& entry = *Find(job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  batch_->Delete(Table::kCollectedSizes, CollectedSizeRowKey(entry.row().uid, batch_size));
  return absl::OkStatus();
}

absl::Status Session::CollectTrial(const TrialKey& key) {
  ZB_ASSIGN_OR_RETURN(const Trial* const fetched, FetchedTrial(key));
  JobEntry& entry = *Find(key.job_id);
  ZB_RETURN_IF_ERROR(MarkChanged(entry));
  const Uid uid = entry.row().uid;
  batch_->Delete(Table::kTrials, TrialRowKey(uid, key.trial_number));
  if (IsExploration(*fetched)) {
    batch_->Delete(Table::kExplorations, ExplorationRowKey(uid, key.batch_size, key.trial_number));
  }
  if (HasResult(*fetched)) batch_->Delete(Table::kResults, ResultRowKey(uid, key.batch_size, key.trial_number));
  std::erase(entry.trials_fetched, key.trial_number);
  entry.loaded().DeleteTrial(key.trial_number);
  return absl::OkStatus();
}

}  // namespace zeus::bso::storage
