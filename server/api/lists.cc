#include "server/api/lists.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"
#include "model/status_macros.h"
#include "server/api/conversion/convert.h"
#include "server/api/conversion/convert_job_notices.h"
#include "server/api/page_token.h"
#include "server/api/validation/bounds.h"
#include "server/service/not_found.h"
#include "spdlog/spdlog.h"
#include "storage/keys.h"

namespace zeus::bso::api {
namespace {

int PageSize(int32_t requested) { return requested == 0 ? kDefaultPageSize : requested; }

std::string QueryName(const v1::ListJobsRequest& request) { return absl::StrCat("jobs ", request.job_id_prefix()); }

std::string QueryName(const v1::ListTrialsRequest& request) {
  return absl::StrCat("trials ", request.batch_size(), " ", request.job_id());
}

// Whether all these jobs come before those that are listed after this id.
bool HasPassed(const JobPattern& jobs, const std::string& after) {
  if (!jobs.is_prefix) return jobs.text <= after;
  const std::string end = storage::PrefixEnd(jobs.text);
  return !end.empty() && end <= after;
}

// Where the jobs are that begin with `prefix`, come after `after`, and may be seen by the caller, ascending.
std::vector<JobPattern> RangesOf(const Permissions& permissions, const std::string& prefix, const std::string& after) {
  const JobPattern wanted{.text = prefix, .is_prefix = true};
  const std::optional<std::vector<JobPattern>> visible = permissions.VisibleJobs();
  if (!visible.has_value()) return {wanted};
  std::vector<JobPattern> ranges;
  for (const JobPattern& jobs : *visible) {
    if (jobs.Covers(wanted)) return {wanted};
    if (wanted.Covers(jobs) && !HasPassed(jobs, after)) ranges.push_back(jobs);
  }
  return ranges;
}

}  // namespace

absl::Status ListJobs(storage::Session& session, const Permissions& permissions, const v1::ListJobsRequest& request,
                      v1::ListJobsResponse& response) {
  const std::string query = QueryName(request);
  ZB_ASSIGN_OR_RETURN(const std::string after, ParsePageToken(request.page_token(), query));
  const int page_size = PageSize(request.page_size());
  JobPattern range;
  const auto add_job = [&](const Job& job, const std::optional<JobSummary>& summary) {
    if (!range.Covers(job.spec.job_id)) return false;
    if (response.jobs_size() == page_size) {
      response.set_next_page_token(MakePageToken(query, response.jobs(page_size - 1).spec().job_id()));
      return false;
    }
    ToProto(job, summary, *response.add_jobs());
    return true;
  };
  const auto add_range = [&](const storage::UnreadableRange& unreadable) {
    spdlog::error("jobs between '{}' and '{}' cannot be read: stop the server and run it with --check",
                  unreadable.after, unreadable.before);
    // The caller may see single jobs only, and not which others are near them.
    if (!range.is_prefix) return;
    v1::JobIdRange& message = *response.add_unreadable_jobs();
    message.set_after(unreadable.after);
    message.set_before(unreadable.before);
  };
  for (JobPattern& visible : RangesOf(permissions, request.job_id_prefix(), after)) {
    if (!response.next_page_token().empty()) break;
    range = std::move(visible);
    ZB_RETURN_IF_ERROR(session.ScanReadableJobs(range.text, after, add_job, add_range));
  }
  return absl::OkStatus();
}

absl::Status ListTrials(storage::Session& session, const v1::ListTrialsRequest& request,
                        v1::ListTrialsResponse& response) {
  const std::string query = QueryName(request);
  ZB_ASSIGN_OR_RETURN(const std::string token, ParsePageToken(request.page_token(), query));
  int64_t last = 0;
  if (!token.empty() && !(absl::SimpleAtoi(token, &last) && last >= 1 && last < kMaxCount)) return InvalidPageToken();
  ZB_ASSIGN_OR_RETURN(const Job* const job, session.FetchJob(request.job_id()));
  if (job == nullptr) return JobNotFound(request.job_id());
  if (job->history.has_value()) ToProto(*job->history, *response.mutable_history());
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

}  // namespace zeus::bso::api
