// Who may call what, by token, over the wire.
#include "server/api/access/authorization.h"

#include <fstream>
#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "google/protobuf/descriptor.h"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/generic_call.h"
#include "tests/support/health_client.h"
#include "tests/support/tokens.h"

namespace zeus::bso::rpc {
namespace {

using testing::Bearer;
using testing::CallMetadata;
using testing::CheckHealth;
using testing::GenericCall;
using testing::Reply;

// Which role each method needs.
const std::map<std::string, api::Role>& NeededRoles() {
  static const auto* const roles =
      new std::map<std::string, api::Role>{{"/zeus.bso.v1.BatchSizeOptimizer/RegisterJob", api::Role::kTrainer},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/StartTrial", api::Role::kTrainer},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/ReportResult", api::Role::kTrainer},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/Heartbeat", api::Role::kTrainer},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/EndTrial", api::Role::kTrainer},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/UpdateJob", api::Role::kTrainer},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/VoidTrial", api::Role::kTrainer},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/ResetBatchSize", api::Role::kTrainer},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/DeleteJob", api::Role::kAdmin},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/ListJobs", api::Role::kReader},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/ListTrials", api::Role::kReader},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/WatchJob", api::Role::kReader},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/ExplainJob", api::Role::kReader},
                                           {"/zeus.bso.v1.BatchSizeOptimizer/ProfileJob", api::Role::kTrainer},
                                           {"/zeus.bso.v1.ZeusService/GetArms", api::Role::kReader},
                                           {"/zeus.bso.v1.ZeusService/GetArm", api::Role::kReader},
                                           {"/zeus.bso.v1.ZeusService/GetExplorationsOfJob", api::Role::kReader},
                                           {"/zeus.bso.v1.ZeusService/UpdateTrial", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/UpdateArmState", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/UpdateExpDefaultBatchSize", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/CreateTrial", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/GetRandomChoices", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/GetNormal", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/GetJob", api::Role::kReader},
                                           {"/zeus.bso.v1.ZeusService/GetTrial", api::Role::kReader},
                                           {"/zeus.bso.v1.ZeusService/CreateJob", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/GetTrialResultsOfBatchSize", api::Role::kReader},
                                           {"/zeus.bso.v1.ZeusService/CreateArms", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/UpdateJobStage", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/DeleteJob", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/Session", api::Role::kAdmin},
                                           {"/zeus.bso.v1.ZeusService/ExportJob", api::Role::kReader},
                                           {"/zeus.bso.v1.ZeusService/ImportJob", api::Role::kAdmin}};
  return *roles;
}

constexpr char kListJobsMethod[] = "/zeus.bso.v1.BatchSizeOptimizer/ListJobs";

// A server with a token of each role, the role's name.
class WithRoles {
 public:
  WithRoles() : server_({.roles_file = WriteRoles()}) {}

  std::shared_ptr<grpc::Channel> channel() { return server_.client().channel(); }

  Reply<std::string> Call(const std::string& method, const CallMetadata& metadata) {
    return GenericCall(channel(), method, metadata);
  }

 private:
  std::string WriteRoles() const {
    std::ofstream file(directory_ / "roles");
    for (const std::string role : {"reader", "trainer", "admin"}) file << testing::TokenGrant(role, role);
    return directory_ / "roles";
  }

  testing::TempDir directory_;
  testing::TestServer server_;
};

TEST_CASE("The table above names every method of both services") {
  size_t count = 0;
  for (const char* const name : {Optimizer::kService, Service::kService}) {
    const auto* const service = google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    for (int i = 0; i < service->method_count(); ++i, ++count) {
      CHECK(NeededRoles().count(absl::StrCat("/", name, "/", service->method(i)->name())) == 1);
    }
  }
  CHECK(count == NeededRoles().size());
}

TEST_CASE_METHOD(WithRoles, "Each method is open to the role that it needs and to greater ones, and to no other") {
  for (const auto& [method, needed] : NeededRoles()) {
    for (const api::Role role : {api::Role::kReader, api::Role::kTrainer, api::Role::kAdmin}) {
      const Reply<std::string> reply = Call(method, Bearer(std::string(RoleName(role))));
      CAPTURE(method, RoleName(role), reply.status.error_code(), reply.status.error_message());
      if (role < needed) {
        CheckRefused(reply, grpc::PERMISSION_DENIED, "ROLE_TOO_LOW");
        CHECK(reply.detail<google::rpc::ErrorInfo>().metadata().at("needed_role") == RoleName(needed));
      } else {
        // The request is empty, and most methods find that wrong.
        CHECK((reply.ok() || reply.code() == grpc::INVALID_ARGUMENT));
      }
    }
  }
}

TEST_CASE_METHOD(WithRoles, "Without a token every method says that one is missing, and which role it needs") {
  for (const auto& [method, needed] : NeededRoles()) {
    CAPTURE(method);
    const Reply<std::string> reply = Call(method, {});
    CheckRefused(reply, grpc::UNAUTHENTICATED, "CREDENTIALS_MISSING");
    CHECK(reply.detail<google::rpc::ErrorInfo>().metadata().at("needed_role") == RoleName(needed));
  }
}

TEST_CASE_METHOD(WithRoles, "An unknown token is refused by every method") {
  for (const auto& [method, needed] : NeededRoles()) {
    CAPTURE(method);
    CheckRefused(Call(method, Bearer("stranger")), grpc::UNAUTHENTICATED, "CREDENTIALS_UNKNOWN");
  }
}

TEST_CASE_METHOD(WithRoles, "A header that is not 'Bearer TOKEN' is refused") {
  for (const std::string header : {"", "admin", "Bearer", "Bearer ", "Basic admin", "Beareradmin", "Bearer  admin",
                                   "Bearer admin x", "Bearer \"admin\"", "Token admin"}) {
    CAPTURE(header);
    CheckRefused(Call(kListJobsMethod, {{"authorization", header}}), grpc::UNAUTHENTICATED, "CREDENTIALS_UNKNOWN");
  }
}

TEST_CASE_METHOD(WithRoles, "The scheme of the header may be in letters of any case, the token may not") {
  CHECK(Call(kListJobsMethod, {{"authorization", "bearer admin"}}).ok());
  CHECK(Call(kListJobsMethod, {{"authorization", "BEARER admin"}}).ok());
  CHECK(Call(kListJobsMethod, Bearer("ADMIN")).code() == grpc::UNAUTHENTICATED);
}

TEST_CASE_METHOD(WithRoles, "Two tokens at once are refused, even when both are known") {
  CheckRefused(Call(kListJobsMethod, {{"authorization", "Bearer reader"}, {"authorization", "Bearer admin"}}),
               grpc::UNAUTHENTICATED, "CREDENTIALS_UNKNOWN");
}

TEST_CASE_METHOD(WithRoles, "Who may not do something learns nothing of what is wrong with the request") {
  CHECK(Call("/zeus.bso.v1.BatchSizeOptimizer/DeleteJob", Bearer("admin")).code() == grpc::INVALID_ARGUMENT);
  CHECK(Call("/zeus.bso.v1.BatchSizeOptimizer/DeleteJob", Bearer("reader")).code() == grpc::PERMISSION_DENIED);
}

TEST_CASE_METHOD(WithRoles, "Health checks need no token, so that probes get them") {
  CHECK(CheckHealth(channel()) == "SERVING");
}

TEST_CASE_METHOD(WithRoles, "Reflection answers those who have a role, and nobody else") {
  CHECK(testing::ListServices(channel()).code() == grpc::UNAUTHENTICATED);
  CHECK(testing::ListServices(channel(), Bearer("stranger")).code() == grpc::UNAUTHENTICATED);
  const Reply<std::string> reply = testing::ListServices(channel(), Bearer("reader"));
  REQUIRE(reply.ok());
  CHECK(absl::StrContains(reply.response, "zeus.bso.v1.BatchSizeOptimizer"));
}

TEST_CASE("A session that is refused takes no place of those that may be open") {
  const testing::TempDir directory;
  std::ofstream(directory / "roles") << testing::TokenGrant("admin", "admin");
  testing::TestServer server({.roles_file = directory / "roles", .sessions = {.max_sessions = 0}});
  const auto call = [&](const CallMetadata& metadata) {
    return GenericCall(server.client().channel(), "/zeus.bso.v1.ZeusService/Session", metadata);
  };
  CheckRefused(call({}), grpc::UNAUTHENTICATED, "CREDENTIALS_MISSING");
  CheckRefused(call(Bearer("admin")), grpc::RESOURCE_EXHAUSTED, "TOO_MANY_SESSIONS");
}

TEST_CASE_METHOD(RpcFixture, "Without a roles file everybody may do everything, whatever token they show") {
  CHECK(GenericCall(client().channel(), kListJobsMethod).ok());
  CHECK(GenericCall(client().channel(), kListJobsMethod, Bearer("stranger")).ok());
  RegisterJob();
  CHECK(Call(Optimizer::DeleteJob, OfJob<v1::DeleteJobRequest>()).ok());
}

TEST_CASE("A server with a roles file that is wrong does not start, and says which line it is") {
  testing::TestStore store;
  const testing::TempDir directory;
  std::ofstream(directory / "roles") << "# roles\nking token\n";
  const absl::Status status =
      Server::Start({.listen = {"unix:" + (directory / "socket")}, .roles_file = directory / "roles"}, store.store())
          .status();
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(absl::StrContains(status.message(), "line 2"));
}

}  // namespace
}  // namespace zeus::bso::rpc
