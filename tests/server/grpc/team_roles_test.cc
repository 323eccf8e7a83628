// Callers whose roles are limited to some jobs, over the wire.
#include <fstream>
#include <string>
#include <vector>

#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/generic_call.h"
#include "tests/support/job_transfer.h"
#include "tests/support/temp_dir.h"
#include "tests/support/tokens.h"

namespace zeus::bso::rpc {
namespace {

using testing::Bearer;
using testing::GenericCall;
using testing::Reply;
using testing::Sha256Of;

constexpr char kOptimizer[] = "/zeus.bso.v1.BatchSizeOptimizer/";
constexpr char kService[] = "/zeus.bso.v1.ZeusService/";

// A server with jobs of two teams. Token a: trains those of team-a, and is admin of team-a/mine. Token root: admin.
class Teams {
 public:
  Teams() : server_({.roles_file = WriteRoles()}) {
    for (const std::string job_id : {"another", "team-a/mine", "team-a/other", "team-b/theirs", "team-b/x"}) {
      v1::RegisterJobRequest request;
      *request.mutable_spec() = testing::MakeSpecMessage(job_id);
      REQUIRE(Call("root", kOptimizer, "RegisterJob", request).ok());
    }
  }

  template <typename Request>
  Reply<std::string> Call(const std::string& token, const char* service, const std::string& method,
                          const Request& request) {
    return GenericCall(server_.client().channel(), service + method, Bearer(token), request.SerializeAsString());
  }

  // The ids on all pages.
  std::vector<std::string> List(const std::string& token, const std::string& prefix = "", int page_size = 1) {
    std::vector<std::string> job_ids;
    v1::ListJobsRequest request;
    request.set_job_id_prefix(prefix);
    request.set_page_size(page_size);
    do {
      const auto reply = Call(token, kOptimizer, "ListJobs", request);
      REQUIRE(reply.ok());
      v1::ListJobsResponse page;
      REQUIRE(page.ParseFromString(reply.response));
      for (const v1::Job& job : page.jobs()) job_ids.push_back(job.spec().job_id());
      request.set_page_token(page.next_page_token());
    } while (!request.page_token().empty());
    return job_ids;
  }

  // A call about a job by the member of team-a.
  template <typename Request>
  Reply<std::string> CallOn(const char* service, const std::string& method, const std::string& job_id) {
    Request request;
    request.set_job_id(job_id);
    if constexpr (requires { request.set_batch_size(1); }) request.set_batch_size(32);
    if constexpr (requires { request.set_trial_number(1); }) request.set_trial_number(1);
    if constexpr (requires { request.set_reason("x"); }) request.set_reason("x");
    return Call("a", service, method, request);
  }

 private:
  std::string WriteRoles() const {
    std::ofstream(directory_ / "roles") << "trainer jobs=team-a/* token " << Sha256Of("a") << "\n"
                                        << "admin jobs=team-a/mine token " << Sha256Of("a") << "\n"
                                        << "admin token " << Sha256Of("root") << "\n";
    return directory_ / "roles";
  }

  testing::TempDir directory_;
  testing::TestServer server_;
};

TEST_CASE_METHOD(Teams, "A list shows the jobs that its caller may see, page by page") {
  using Ids = std::vector<std::string>;
  CHECK(List("a") == Ids{"team-a/mine", "team-a/other"});
  CHECK(List("a", "", 100) == Ids{"team-a/mine", "team-a/other"});
  CHECK(List("a", "team-a/m") == Ids{"team-a/mine"});
  CHECK(List("a", "team") == Ids{"team-a/mine", "team-a/other"});
  CHECK(List("a", "team-b/").empty());
  CHECK(List("root").size() == 5);
}

TEST_CASE_METHOD(Teams, "Jobs of others are not found, whatever is asked of them") {
  const auto check = [](const Reply<std::string>& reply) { CheckRefused(reply, grpc::NOT_FOUND, "JOB_NOT_FOUND"); };
  for (const std::string job_id : {"team-b/theirs", "none"}) {
    check(CallOn<v1::StartTrialRequest>(kOptimizer, "StartTrial", job_id));
    check(CallOn<v1::ReportResultRequest>(kOptimizer, "ReportResult", job_id));
    check(CallOn<v1::EndTrialRequest>(kOptimizer, "EndTrial", job_id));
    check(CallOn<v1::VoidTrialRequest>(kOptimizer, "VoidTrial", job_id));
    check(CallOn<v1::ListTrialsRequest>(kOptimizer, "ListTrials", job_id));
    check(CallOn<v1::ExplainJobRequest>(kOptimizer, "ExplainJob", job_id));
    check(CallOn<v1::WatchJobRequest>(kOptimizer, "WatchJob", job_id));
    check(CallOn<v1::DeleteJobRequest>(kOptimizer, "DeleteJob", job_id));
    check(CallOn<v1::GetJobRequest>(kService, "GetJob", job_id));
    check(CallOn<v1::ExportJobRequest>(kService, "ExportJob", job_id));
    v1::UpdateJobRequest update;
    update.mutable_spec()->set_job_id(job_id);
    update.mutable_update_mask()->add_paths("max_epochs");
    check(Call("a", kOptimizer, "UpdateJob", update));
    v1::UpdateArmStateRequest arm;
    arm.mutable_arm()->set_job_id(job_id);
    arm.mutable_arm()->set_batch_size(32);
    arm.set_trial_number(1);
    check(Call("a", kService, "UpdateArmState", arm));
  }
  CHECK(CallOn<v1::StartTrialRequest>(kOptimizer, "StartTrial", "team-a/other").ok());
  CHECK(CallOn<v1::ListTrialsRequest>(kOptimizer, "ListTrials", "team-a/other").ok());
}

TEST_CASE_METHOD(Teams, "A role that is greater for one job is not for another") {
  CheckRefused(CallOn<v1::DeleteJobRequest>(kOptimizer, "DeleteJob", "team-a/other"), grpc::PERMISSION_DENIED,
               "ROLE_TOO_LOW");
  CHECK(CallOn<v1::DeleteJobRequest>(kOptimizer, "DeleteJob", "team-a/mine").ok());
}

TEST_CASE_METHOD(Teams, "Jobs outside cannot be registered, imported, or started with") {
  v1::RegisterJobRequest request;
  *request.mutable_spec() = testing::MakeSpecMessage("team-b/new");
  CheckRefused(Call("a", kOptimizer, "RegisterJob", request), grpc::PERMISSION_DENIED, "ROLE_TOO_LOW");
  *request.mutable_spec() = testing::MakeSpecMessage("team-b/theirs");
  CheckRefused(Call("a", kOptimizer, "RegisterJob", request), grpc::PERMISSION_DENIED, "ROLE_TOO_LOW");
  *request.mutable_spec() = testing::MakeSpecMessage("team-a/new");
  request.mutable_spec()->set_policy(v1::POLICY_CURVES);
  request.set_warm_start("team-b/theirs");
  CheckRefused(Call("a", kOptimizer, "RegisterJob", request), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  request.clear_warm_start();
  CHECK(Call("a", kOptimizer, "RegisterJob", request).ok());
  // A job that is there is not started with anything.
  request.set_warm_start("team-b/theirs");
  CHECK(Call("a", kOptimizer, "RegisterJob", request).ok());
  request.clear_warm_start();
  request.mutable_spec()->clear_job_id();
  request.mutable_spec()->set_job_id_prefix("team");
  CheckRefused(Call("a", kOptimizer, "RegisterJob", request), grpc::PERMISSION_DENIED, "ROLE_TOO_LOW");
  request.mutable_spec()->set_job_id_prefix("team-a/x");
  CHECK(Call("a", kOptimizer, "RegisterJob", request).ok());
}

TEST_CASE_METHOD(Teams, "Jobs outside cannot be imported, whether they are there or not") {
  RpcFixture elsewhere;
  Answer(elsewhere.Register(testing::MakeSpecMessage("x")));
  v1::JobRecord first = Answer(testing::ExportJob(elsewhere.client(), "x")).front();
  for (const std::string job_id : {"team-b/new", "team-b/theirs", "team-a/other"}) {
    first.mutable_job()->mutable_spec()->set_job_id(job_id);
    CheckRefused(Call("a", kService, "ImportJob", first), grpc::PERMISSION_DENIED, "ROLE_TOO_LOW");
  }
}

TEST_CASE_METHOD(Teams, "A session works on the jobs of which its caller is admin, and reserves no others") {
  v1::SessionRequest request;
  request.mutable_get_job()->set_job_id("team-a/mine");
  CHECK(Call("a", kService, "Session", request).ok());
  request.mutable_get_job()->set_job_id("team-a/other");
  CheckRefused(Call("a", kService, "Session", request), grpc::PERMISSION_DENIED, "ROLE_TOO_LOW");
  request.mutable_get_job()->set_job_id("team-b/theirs");
  CheckRefused(Call("a", kService, "Session", request), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  v1::SessionRequest sequence;
  *sequence.mutable_sequence()->add_requests() = request;
  CheckRefused(Call("a", kService, "Session", sequence), grpc::NOT_FOUND, "JOB_NOT_FOUND");
  request.mutable_get_job()->set_job_id("team-a/mine");
  request.add_reserve("team-b/theirs");
  CheckRefused(Call("a", kService, "Session", request), grpc::PERMISSION_DENIED, "ROLE_TOO_LOW");
}

TEST_CASE("New job ids have no characters that make them look like others") {
  RpcFixture fixture;
  for (const std::string& character : {"\u200e", "\u202e", "\u2028", "\u2029", "\u2066", "\u061c"}) {
    const auto reply = fixture.Register(testing::MakeSpecMessage("a" + character + "b"));
    CheckRefused(reply, grpc::INVALID_ARGUMENT, "INVALID_FIELD");
    CHECK(reply.fields() == std::vector<std::string>{"spec.job_id"});
  }
  for (const std::string& job_id : {"\u05d0\u05d1", "\u6279\u6b21", "a\u2027b", "a\u202fb"}) {
    CHECK(fixture.Register(testing::MakeSpecMessage(job_id)).ok());
  }
}

}  // namespace
}  // namespace zeus::bso::rpc
