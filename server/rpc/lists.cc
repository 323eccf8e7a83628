#include "server/rpc/lists.h"

#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/rpc/bounds.h"
#include "server/rpc/convert.h"
#include "server/rpc/page_token.h"
#include "server/service/not_found.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::rpc {
namespace {

int PageSize(int32_t requested) { return requested == 0 ? kDefaultPageSize : requested; }

std::string QueryName(const v1::ListJobsRequest& request) { return absl::StrCat("jobs ", request.job_id_prefix()); }

std::string QueryName(const v1::ListTrialsRequest& request) {
  return absl::StrCat("trials ", request.batch_size(), " ", request.job_id());
}

}  // namespace

absl::Status ListJobs(storage::Session& session, const v1::ListJobsRequest& request, v1::ListJobsResponse& response) {
  const std::string query = QueryName(request);
  ZB_ASSIGN_OR_RETURN(const std::string after, ParsePageToken(request.page_token(), query));
  const int page_size = PageSize(request.page_size());
  const auto add_job = [&](const Job& job, const std::optional<JobSummary>& summary) {
    if (response.jobs_size() == page_size) {
      response.set_next_page_token(MakePageToken(query, response.jobs(page_size - 1).spec().job_id()));
      return false;
    }
    ToProto(job, summary, *response.add_jobs());
    return true;
  };
  const auto add_range = [&](const storage::UnreadableRange& range) {
    spdlog::error("jobs between '{}' and '{}' cannot be read: stop the server and run it with --check", range.after,
                  range.before);
    v1::JobIdRange& message = *response.add_unreadable_jobs();
    message.set_after(range.after);
    message.set_before(range.before);
  };
  return session.ScanReadableJobs(request.job_id_prefix(), after, add_job, add_range);
}

absl::Status ListTrials(storage::Session& session, const v1::ListTrialsRequest& request,
                        v1::ListTrialsResponse& response) {
  const std::string query = QueryName(request);
  ZB_ASSIGN_OR_RETURN(const std::string token, ParsePageToken(request.page_token(), query));
  int64_t last = 0;
  if (!token.empty() && !(absl::SimpleAtoi(token, &last) && last >= 1 && last < kMaxCount)) return InvalidPageToken();
  ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob(request.job_id()));
  if (job == nullptr) return JobNotFound(request.job_id());
  const int page_size = PageSize(request.page_size());
  int looked_at = 0;
  return session.ScanTrials(request.job_id(), last, [&](const Trial& trial) {
    if (response.trials_size() == page_size || looked_at == kMaxTrialsLookedAt) {
      response.set_next_page_token(MakePageToken(query, absl::StrCat(last)));
      return false;
    }
    ++looked_at;
    last = trial.trial_number;
    if (!request.has_batch_size() || trial.batch_size == request.batch_size()) ToProto(trial, *response.add_trials());
    return true;
  });
}

}  // namespace zeus::bso::rpc
