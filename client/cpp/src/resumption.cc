#include "client/cpp/src/resumption.h"

#include <utility>

namespace zeus::bso::client_internal {

std::optional<v1::TrialProgress> ResumeFrom(const v1::StartTrialResponse& started) {
  if (!started.has_resume_from()) return std::nullopt;
  return started.resume_from();
}

Resumption::Resumption(std::optional<v1::TrialProgress> from) : from_(std::move(from)) {}

std::optional<v1::ReportBase> Resumption::BaseOfReport(int64_t epoch) {
  if (!from_.has_value()) return std::nullopt;
  absl::MutexLock lock(&mutex_);
  if (!base_.has_value()) {
    base_.emplace();
    base_->set_epochs(epoch <= 1 ? from_->epochs() : 0);
    base_->set_time_seconds(from_->time_seconds());
    base_->set_energy_joules(from_->energy_joules());
  }
  return base_;
}

}  // namespace zeus::bso::client_internal
