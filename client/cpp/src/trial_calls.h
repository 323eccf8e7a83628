// The calls of a trial, for Client and TrialRun.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_TRIAL_CALLS_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_TRIAL_CALLS_H_

#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/cpp/src/connection.h"
#include "zeus/bso/progress.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::client_internal {

// As the methods of Client.

absl::StatusOr<std::optional<v1::Job>> GetJob(Connection& connection, std::string_view job_id);

absl::StatusOr<v1::StartTrialResponse> StartOrResumeTrial(Connection& connection, std::string_view job_id);

absl::StatusOr<v1::ReportResultResponse> ReportResult(Connection& connection, const v1::Trial& trial,
                                                      const Progress& progress,
                                                      const std::optional<v1::ReportBase>& base);

absl::StatusOr<v1::Trial> Heartbeat(Connection& connection, const v1::Trial& trial,
                                    std::optional<absl::Duration> interval, const Connection::Limits& limits = {});

absl::StatusOr<v1::Trial> EndTrial(Connection& connection, const v1::Trial& trial, v1::TrialFailure failure);

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_TRIAL_CALLS_H_
