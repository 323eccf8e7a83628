#include "server/api/access/permissions.h"

#include <optional>
#include <string>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/support/status_matchers.h"

namespace zeus::bso::api {
namespace {

using testing::FailsWith;
using testing::IsOk;
using Patterns = std::vector<JobPattern>;

// Reads the jobs of two teams, trains those of one of them, and is admin of one job.
Permissions OfMember() {
  return Permissions({{.role = Role::kReader, .jobs = {{"team-a/", true}, {"team-b/", true}}},
                      {.role = Role::kTrainer, .jobs = {{"team-a/", true}}},
                      {.role = Role::kAdmin, .jobs = {{"team-a/mine", false}}}});
}

TEST_CASE("Without roles everything is allowed") {
  const Permissions permissions = Permissions::Everything();
  CHECK_THAT(permissions.CheckRole(Role::kAdmin), IsOk());
  CHECK_THAT(permissions.CheckJob("any", Role::kAdmin), IsOk());
  CHECK_THAT(permissions.CheckNewJob("", "any", Role::kAdmin), IsOk());
  CHECK_FALSE(permissions.VisibleJobs().has_value());
}

TEST_CASE("Without a grant nothing is allowed") {
  const Permissions permissions;
  CHECK_THAT(permissions.CheckRole(Role::kReader), FailsWith(Reason::kRoleTooLow));
  CHECK_THAT(permissions.CheckJob("any", Role::kReader), FailsWith(Reason::kJobNotFound));
  CHECK_THAT(permissions.CheckNewJob("any", "", Role::kReader), FailsWith(Reason::kRoleTooLow));
  CHECK(permissions.VisibleJobs() == Patterns());
}

TEST_CASE("For each job the greatest role counts of the grants that cover it") {
  const Permissions permissions = OfMember();
  CHECK_THAT(permissions.CheckRole(Role::kAdmin), IsOk());
  CHECK_THAT(permissions.CheckJob("team-a/x", Role::kTrainer), IsOk());
  CHECK_THAT(permissions.CheckJob("team-a/x", Role::kAdmin), FailsWith(Reason::kRoleTooLow));
  CHECK_THAT(permissions.CheckJob("team-a/mine", Role::kAdmin), IsOk());
  CHECK_THAT(permissions.CheckJob("team-a/mine2", Role::kAdmin), FailsWith(Reason::kRoleTooLow));
  CHECK_THAT(permissions.CheckJob("team-b/x", Role::kReader), IsOk());
  CHECK_THAT(permissions.CheckJob("team-b/x", Role::kTrainer), FailsWith(Reason::kRoleTooLow));
}

TEST_CASE("Other jobs look as if they were not there, and cannot be made") {
  const Permissions permissions = OfMember();
  for (const std::string job_id : {"team-c/x", "team-a", "", "Team-a/x", "x team-a/"}) {
    CAPTURE(job_id);
    CHECK_THAT(permissions.CheckJob(job_id, Role::kReader), FailsWith(Reason::kJobNotFound));
  }
  CHECK_THAT(permissions.CheckNewJob("team-c/x", "", Role::kTrainer), FailsWith(Reason::kRoleTooLow));
  CHECK_THAT(permissions.CheckNewJob("team-b/x", "", Role::kTrainer), FailsWith(Reason::kRoleTooLow));
  CHECK_THAT(permissions.CheckNewJob("team-a/x", "", Role::kTrainer), IsOk());
}

TEST_CASE("An id that the server makes up must be covered whatever it is") {
  const Permissions permissions({{.role = Role::kTrainer, .jobs = {{"a-b", true}, {"c-00000000", false}}}});
  CHECK_THAT(permissions.CheckNewJob("", "a-b", Role::kTrainer), IsOk());
  CHECK_THAT(permissions.CheckNewJob("", "a-bc", Role::kTrainer), IsOk());
  CHECK_THAT(permissions.CheckNewJob("", "a", Role::kTrainer), FailsWith(Reason::kRoleTooLow));
  CHECK_THAT(permissions.CheckNewJob("", "c", Role::kTrainer), FailsWith(Reason::kRoleTooLow));
}

TEST_CASE("What is visible is told in ranges that do not overlap") {
  CHECK(OfMember().VisibleJobs() == Patterns{{"team-a/", true}, {"team-b/", true}});
  const Permissions several({{.role = Role::kReader, .jobs = {{"b", true}, {"ba", true}, {"a", false}, {"b", false}}},
                             {.role = Role::kTrainer, .jobs = {{"c", false}, {"c1", true}}}});
  CHECK(several.VisibleJobs() == Patterns{{"a", false}, {"b", true}, {"c", false}, {"c1", true}});
  const Permissions all({{.role = Role::kReader, .jobs = {{"a", true}}}, {.role = Role::kReader}});
  CHECK_FALSE(all.VisibleJobs().has_value());
}

}  // namespace
}  // namespace zeus::bso::api
