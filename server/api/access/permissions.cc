#include "server/api/access/permissions.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/service/not_found.h"

namespace zeus::bso::api {
namespace {

absl::Status TooLow(Role role, Role needed) {
  return Refuse(Reason::kRoleTooLow, absl::StrCat("the role ", RoleName(role), " may not do this"), needed);
}

}  // namespace

absl::Status Refuse(Reason reason, absl::string_view message, Role needed) {
  return MakeError(reason, absl::StrCat(message, "; needed is the role ", RoleName(needed)),
                   {{"needed_role", std::string(RoleName(needed))}});
}

absl::Status Permissions::CheckRole(Role needed) const {
  const auto greatest =
      std::max_element(grants_.begin(), grants_.end(), [](const Grant& a, const Grant& b) { return a.role < b.role; });
  if (greatest == grants_.end()) return Refuse(Reason::kRoleTooLow, "the caller has no role", needed);
  return greatest->role >= needed ? absl::OkStatus() : TooLow(greatest->role, needed);
}

std::optional<Role> Permissions::RoleFor(const JobPattern& jobs) const {
  std::optional<Role> greatest;
  for (const Grant& grant : grants_) {
    const bool covers = grant.jobs.empty() || std::any_of(grant.jobs.begin(), grant.jobs.end(),
                                                          [&](const JobPattern& own) { return own.Covers(jobs); });
    // An empty optional is less than any role.
    if (covers) greatest = std::max(greatest, std::optional(grant.role));
  }
  return greatest;
}

absl::Status Permissions::CheckJob(absl::string_view job_id, Role needed) const {
  const std::optional<Role> role = RoleFor({.text = std::string(job_id)});
  if (!role.has_value()) return JobNotFound(job_id);
  return *role >= needed ? absl::OkStatus() : TooLow(*role, needed);
}

absl::Status Permissions::CheckNewJob(absl::string_view job_id, absl::string_view job_id_prefix, Role needed) const {
  const std::optional<Role> role = job_id.empty()
                                       ? RoleFor({.text = absl::StrCat(job_id_prefix, "-"), .is_prefix = true})
                                       : RoleFor({.text = std::string(job_id)});
  if (!role.has_value()) {
    return Refuse(Reason::kRoleTooLow, "the jobs that the caller has a role for do not include this one", needed);
  }
  return *role >= needed ? absl::OkStatus() : TooLow(*role, needed);
}

std::optional<std::vector<JobPattern>> Permissions::VisibleJobs() const {
  std::vector<JobPattern> visible;
  for (const Grant& grant : grants_) {
    if (grant.jobs.empty()) return std::nullopt;
    visible.insert(visible.end(), grant.jobs.begin(), grant.jobs.end());
  }
  // A pattern sorts before those that its prefix covers.
  std::sort(visible.begin(), visible.end(), [](const JobPattern& a, const JobPattern& b) {
    return a.text != b.text ? a.text < b.text : a.is_prefix > b.is_prefix;
  });
  std::vector<JobPattern> apart;
  for (JobPattern& jobs : visible) {
    // In this order, what covers it would be the last one.
    if (apart.empty() || !apart.back().Covers(jobs)) apart.push_back(std::move(jobs));
  }
  return apart;
}

}  // namespace zeus::bso::api
