#include "server/api/lists.h"

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/api/page_token.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/specs.h"

namespace zeus::bso::rpc {
namespace {

using Ids = std::vector<std::string>;

class Lists : public RpcFixture {
 public:
  // Puts jobs into the store, all at once.
  void MakeJobs(const Ids& job_ids) {
    REQUIRE_THAT(server().store().Transact([&](storage::Session& session) {
      for (const std::string& job_id : job_ids) {
        Job job;
        job.spec = testing::MakeSpec(job_id);
        if (absl::Status status = session.InsertJob(job); !status.ok()) return status;
      }
      return absl::OkStatus();
    }),
                 testing::IsOk());
  }

  // Puts so many trials of one size into the store, all at once.
  void MakeTrials(int64_t batch_size, int count) {
    REQUIRE_THAT(server().store().Transact([&](storage::Session& session) {
      if (absl::Status status = session.FetchJob("job").status(); !status.ok()) return status;
      for (int i = 0; i < count; ++i) {
        const auto trial =
            session.InsertTrial("job", {.batch_size = batch_size, .type = TrialType::kMab, .time = absl::Now()});
        if (!trial.ok()) return trial.status();
      }
      return absl::OkStatus();
    }),
                 testing::IsOk());
  }

  testing::Reply<v1::ListJobsResponse> List(const v1::ListJobsRequest& request) {
    return Call(Optimizer::ListJobs, request);
  }
  testing::Reply<v1::ListTrialsResponse> List(const v1::ListTrialsRequest& request) {
    return Call(Optimizer::ListTrials, request);
  }

  // The pages of a list, to its end.
  template <typename Request>
  auto Pages(Request request) {
    std::vector<decltype(List(request).response)> pages;
    do {
      pages.push_back(Answer(List(request)));
      request.set_page_token(pages.back().next_page_token());
    } while (!request.page_token().empty());
    return pages;
  }

  // The job_ids of each page.
  std::vector<Ids> JobPages(int32_t page_size, const std::string& prefix = "") {
    v1::ListJobsRequest request;
    request.set_page_size(page_size);
    request.set_job_id_prefix(prefix);
    std::vector<Ids> pages;
    for (const v1::ListJobsResponse& page : Pages(request)) {
      pages.emplace_back();
      for (const v1::Job& job : page.jobs()) pages.back().push_back(job.spec().job_id());
    }
    return pages;
  }

  // The trial numbers of each page; `batch_size` 0: of all sizes.
  std::vector<std::vector<int64_t>> TrialPages(int32_t page_size, int64_t batch_size = 0) {
    auto request = OfJob<v1::ListTrialsRequest>();
    request.set_page_size(page_size);
    if (batch_size > 0) request.set_batch_size(batch_size);
    std::vector<std::vector<int64_t>> pages;
    for (const v1::ListTrialsResponse& page : Pages(request)) {
      pages.emplace_back();
      for (const v1::Trial& trial : page.trials()) pages.back().push_back(trial.trial_number());
    }
    return pages;
  }
};

template <typename T>
std::vector<T> Joined(const std::vector<std::vector<T>>& pages) {
  std::vector<T> all;
  for (const auto& page : pages) all.insert(all.end(), page.begin(), page.end());
  return all;
}

// job-0000, job-0001, ...
Ids NumberedJobs(int count) {
  Ids ids;
  for (int i = 0; i < count; ++i) ids.push_back(absl::StrCat("job-", absl::Dec(i, absl::kZeroPad4)));
  return ids;
}

std::vector<int64_t> TrialNumbersUpTo(int64_t last) {
  std::vector<int64_t> numbers;
  for (int64_t number = 1; number <= last; ++number) numbers.push_back(number);
  return numbers;
}

template <typename Response>
void CheckTokenRefused(const testing::Reply<Response>& reply) {
  CheckRefused(reply, grpc::INVALID_ARGUMENT, "INVALID_FIELD");
  CHECK(reply.fields() == Ids{"page_token"});
}

TEST_CASE_METHOD(Lists, "A store without jobs has one empty page") { CHECK(JobPages(0) == std::vector<Ids>{{}}); }

TEST_CASE_METHOD(Lists, "Jobs are listed bytewise by job_id, each as GetJob shows it") {
  const Ids ids = {"b", "a-10", "\u00e9", "a", "a-9", "B", "ab", "~"};
  MakeJobs(ids);
  const v1::ListJobsResponse page = Answer(List(v1::ListJobsRequest()));
  Ids listed;
  for (const v1::Job& job : page.jobs()) {
    listed.push_back(job.spec().job_id());
    CHECK(job.SerializeAsString() == GetJob(job.spec().job_id()).SerializeAsString());
  }
  CHECK(listed == Ids{"B", "a", "a-10", "a-9", "ab", "b", "~", "\u00e9"});
  CHECK(page.next_page_token().empty());
}

TEST_CASE_METHOD(Lists, "Over pages of any size every job is listed once") {
  const Ids ids = NumberedJobs(7);
  MakeJobs(ids);
  for (const int32_t page_size : {1, 2, 3, 6, 7, 8}) {
    CAPTURE(page_size);
    const std::vector<Ids> pages = JobPages(page_size);
    CHECK(Joined(pages) == ids);
    CHECK(pages.size() == static_cast<size_t>((7 + page_size - 1) / page_size));
    for (const Ids& page : pages) CHECK(page.size() <= static_cast<size_t>(page_size));
  }
}

TEST_CASE_METHOD(Lists, "A page has 100 jobs unless the request says otherwise, and 1000 at most") {
  const Ids ids = NumberedJobs(1001);
  MakeJobs(ids);
  CHECK(Answer(List(v1::ListJobsRequest())).jobs_size() == 100);
  CHECK(Joined(JobPages(0)) == ids);
  const std::vector<Ids> pages = JobPages(1000);
  REQUIRE(pages.size() == 2);
  CHECK(pages[0].size() == 1000);
  CHECK(pages[1] == Ids{ids.back()});
}

TEST_CASE_METHOD(Lists, "Only jobs of the prefix are listed") {
  MakeJobs({"night", "night-1", "night-2", "nigh", "nighu", "a", "z"});
  CHECK(JobPages(0, "night") == std::vector<Ids>{{"night", "night-1", "night-2"}});
  CHECK(JobPages(2, "night") == std::vector<Ids>{{"night", "night-1"}, {"night-2"}});
  CHECK(JobPages(0, "nothing") == std::vector<Ids>{{}});
}

TEST_CASE_METHOD(Lists, "Jobs that come and go between two pages leave the others listed once") {
  MakeJobs({"b", "d", "f"});
  v1::ListJobsRequest request;
  request.set_page_size(1);
  request.set_page_token(Answer(List(request)).next_page_token());
  MakeJobs({"a", "c"});
  Answer(Call(Optimizer::DeleteJob, OfJob<v1::DeleteJobRequest>("b")));
  Ids rest;
  for (const v1::ListJobsResponse& page : Pages(request)) rest.push_back(page.jobs(0).spec().job_id());
  CHECK(rest == Ids{"c", "d", "f"});
}

TEST_CASE_METHOD(Lists, "A page token of jobs is good for its prefix only") {
  MakeJobs({"a1", "a2", "b1"});
  v1::ListJobsRequest request;
  request.set_page_size(1);
  request.set_job_id_prefix("a");
  request.set_page_token(Answer(List(request)).next_page_token());
  CHECK(Answer(List(request)).jobs(0).spec().job_id() == "a2");
  request.clear_job_id_prefix();
  CheckTokenRefused(List(request));
  request.set_job_id_prefix("a");
  request.set_page_token("rubbish");
  CheckTokenRefused(List(request));
}

TEST_CASE_METHOD(Lists, "Trials of a job that does not exist are NOT_FOUND") {
  CheckRefused(List(OfJob<v1::ListTrialsRequest>()), grpc::NOT_FOUND, "JOB_NOT_FOUND");
}

TEST_CASE_METHOD(Lists, "Trials are listed by number, each as GetTrial shows it") {
  MakeJobs({"job", "other"});
  CHECK(TrialPages(0) == std::vector<std::vector<int64_t>>{{}});
  Answer(ReportConverged(StartTrial(), 100));
  StartTrial();
  StartTrial("other");
  const auto page = Answer(List(OfJob<v1::ListTrialsRequest>()));
  REQUIRE(page.trials_size() == 2);
  for (const v1::Trial& trial : page.trials()) {
    CHECK(trial.SerializeAsString() == GetTrial(trial).SerializeAsString());
  }
  CHECK(page.trials(0).trial_number() == 1);
  CHECK(page.trials(1).trial_number() == 2);
}

TEST_CASE_METHOD(Lists, "Over pages of any size every trial is listed once, in order past 256 too") {
  MakeJobs({"job"});
  MakeTrials(32, 300);
  for (const int32_t page_size : {7, 100, 299, 300, 301}) CHECK(Joined(TrialPages(page_size)) == TrialNumbersUpTo(300));
  CHECK(TrialPages(0).front().size() == 100);
}

TEST_CASE_METHOD(Lists, "Trials are listed by batch size when one is given") {
  MakeJobs({"job"});
  for (const int64_t size : {16, 32, 16, 64, 16}) MakeTrials(size, 1);
  CHECK(TrialPages(2, 16) == std::vector<std::vector<int64_t>>{{1, 3}, {5}});
  CHECK(Joined(TrialPages(0, 64)) == std::vector<int64_t>{4});
  CHECK(TrialPages(0, 128) == std::vector<std::vector<int64_t>>{{}});
}

TEST_CASE_METHOD(Lists, "A call looks at 10000 trials at most, and the walk still finds all") {
  MakeJobs({"job"});
  MakeTrials(32, 10'000);
  MakeTrials(16, 1);
  MakeTrials(32, 9'999);
  MakeTrials(16, 2);
  CHECK(TrialPages(0, 16) == std::vector<std::vector<int64_t>>{{}, {10'001}, {20'001, 20'002}});
}

TEST_CASE_METHOD(Lists, "A page token of trials is good for its job and batch size only") {
  MakeJobs({"job", "other"});
  MakeTrials(16, 2);
  auto request = OfJob<v1::ListTrialsRequest>();
  request.set_page_size(1);
  request.set_page_token(Answer(List(request)).next_page_token());
  CHECK(Answer(List(request)).trials(0).trial_number() == 2);
  request.set_batch_size(16);
  CheckTokenRefused(List(request));
  request.clear_batch_size();
  request.set_job_id("other");
  CheckTokenRefused(List(request));
}

TEST_CASE_METHOD(Lists, "A token that was forged is refused where it names no trial") {
  MakeJobs({"job"});
  MakeTrials(16, 2);
  auto request = OfJob<v1::ListTrialsRequest>();
  for (const std::string last : {"x", "1x", "-1", "9223372036854775807", "9223372036854775808"}) {
    CAPTURE(last);
    request.set_page_token(api::MakePageToken("trials 0 job", last));
    CheckTokenRefused(List(request));
  }
}

}  // namespace
}  // namespace zeus::bso::rpc
