#include "storage/records.h"

#include <utility>

#include "model/curves_check.h"
#include "model/record_fields.h"
#include "model/status_macros.h"
#include "storage/record_parsing.h"
#include "zeus/bso/storage/v1/records.pb.h"

namespace zeus::bso::storage {
namespace {

void Round(absl::Time& time) { time = absl::FromUnixMicros(absl::ToUnixMicros(time)); }

void Round(std::optional<absl::Time>& time) {
  if (time.has_value()) Round(*time);
}

}  // namespace

std::string EncodeClient(int64_t trial_number) {
  v1::ClientRecord record;
  record.set_trial_number(trial_number);
  return record.SerializeAsString();
}

absl::StatusOr<int64_t> DecodeClient(absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::ClientRecord record, Parse<v1::ClientRecord>(value, "client"));
  return record.trial_number();
}

std::string EncodeCostMoments(const CostMoments& moments) {
  v1::CostMomentsRecord record;
  FillMoments(moments, record);
  return record.SerializeAsString();
}

absl::StatusOr<CostMoments> DecodeCostMoments(absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::CostMomentsRecord record, Parse<v1::CostMomentsRecord>(value, "sum of costs"));
  if (record.count() < 1) return Corrupted("sum of costs");
  ZB_RETURN_IF_ERROR(CheckCounter(record.count(), "sum of costs"));
  return MomentsFrom(record);
}

std::string EncodeArm(const GaussianTsArm& arm) {
  v1::ArmRecord record;
  record.set_param_mean(arm.param_mean);
  record.set_param_precision(arm.param_precision);
  record.set_reward_precision(arm.reward_precision);
  record.set_num_observations(arm.num_observations);
  return record.SerializeAsString();
}

absl::StatusOr<GaussianTsArm> DecodeArm(int64_t batch_size, absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::ArmRecord record, Parse<v1::ArmRecord>(value, "arm"));
  return GaussianTsArm{.batch_size = batch_size,
                       .param_mean = record.param_mean(),
                       .param_precision = record.param_precision(),
                       .reward_precision = record.reward_precision(),
                       .num_observations = record.num_observations()};
}

std::string EncodeCurvesSize(const CurvesSize& size) {
  v1::CurvesSizeRecord record;
  FillCurvesSize(size, record);
  return record.SerializeAsString();
}

absl::StatusOr<CurvesSize> DecodeCurvesSize(int64_t batch_size, const CurvesJob& job, absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::CurvesSizeRecord record, Parse<v1::CurvesSizeRecord>(value, "batch size"));
  CurvesSize size = CurvesSizeFrom(batch_size, record);
  return FirstInvalidField(size, job).empty() ? absl::StatusOr<CurvesSize>(std::move(size)) : Corrupted("batch size");
}

std::string EncodeCurvesBase(const CurvesBase& base) {
  v1::CurvesBaseRecord record;
  FillCurvesJob(base.job, *record.mutable_job());
  for (const CurvesSize& size : base.sizes) {
    v1::CurvesBaseRecord::Size& added = *record.add_sizes();
    added.set_batch_size(size.batch_size);
    FillCurvesSize(size, *added.mutable_size());
  }
  return record.SerializeAsString();
}

absl::StatusOr<CurvesBase> DecodeCurvesBase(absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::CurvesBaseRecord record, Parse<v1::CurvesBaseRecord>(value, "base of a job"));
  CurvesBase base{.job = CurvesJobFrom(record.job()), .sizes = {}};
  for (const auto& size : record.sizes()) base.sizes.push_back(CurvesSizeFrom(size.batch_size(), size.size()));
  return FirstInvalidField(base).empty() ? absl::StatusOr<CurvesBase>(std::move(base)) : Corrupted("base of a job");
}

std::string EncodeCollectedSize(const CollectedSize& size) {
  v1::CollectedSizeRecord record;
  FillCollectedSize(size, record);
  return record.SerializeAsString();
}

absl::StatusOr<CollectedSize> DecodeCollectedSize(int64_t batch_size, absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(const v1::CollectedSizeRecord record, Parse<v1::CollectedSizeRecord>(value, "sum of trials"));
  CollectedSize size = CollectedSizeFrom(batch_size, record);
  return FirstInvalidField(size).empty() ? absl::StatusOr<CollectedSize>(size) : Corrupted("sum of trials");
}

std::string EncodeAnswer(const Answer& answer) {
  v1::AnswerRecord record;
  record.set_request_type(answer.request_type);
  record.set_request(answer.request);
  record.set_response(answer.response);
  return record.SerializeAsString();
}

absl::StatusOr<Answer> DecodeAnswer(absl::string_view value) {
  ZB_ASSIGN_OR_RETURN(v1::AnswerRecord record, Parse<v1::AnswerRecord>(value, "answer"));
  return Answer{.request_type = std::move(*record.mutable_request_type()),
                .request = std::move(*record.mutable_request()),
                .response = std::move(*record.mutable_response())};
}

void RoundTimes(Job& job) {
  Round(job.create_time);
  Round(job.latest_results.last_end_time);
  for (Warning& warning : job.warnings) Round(warning.since);
  if (job.oldest_running_trial.has_value()) Round(job.oldest_running_trial->start_time);
  Round(job.relearning);
  if (job.history.has_value()) Round(job.history->latest_results.last_end_time);
}

void RoundTimes(Trial& trial) {
  Round(trial.start_time);
  Round(trial.end_time);
  Round(trial.deadline);
  Round(trial.heard);
  if (trial.voided.has_value()) Round(trial.voided->time);
}

}  // namespace zeus::bso::storage
