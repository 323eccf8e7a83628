// The permissions of a caller: the roles that it has, and for which jobs.
#ifndef ZEUS_BSO_SERVER_API_ACCESS_PERMISSIONS_H_
#define ZEUS_BSO_SERVER_API_ACCESS_PERMISSIONS_H_

#include <optional>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "model/error.h"
#include "server/api/access/role.h"

namespace zeus::bso::api {

// For each job the greatest role counts of the grants that cover it. Immutable.
class Permissions {
 public:
  // Nothing.
  Permissions() = default;
  explicit Permissions(std::vector<Grant> grants) : grants_(std::move(grants)) {}

  static Permissions Everything() { return Permissions({{.role = Role::kAdmin}}); }

  // Whether the caller has the role `needed`, for some job at least. ROLE_TOO_LOW.
  absl::Status CheckRole(Role needed) const;

  // The same for a job that may be there. JOB_NOT_FOUND: no grant covers it.
  absl::Status CheckJob(absl::string_view job_id, Role needed) const;

  // The same for a job that may be new. ROLE_TOO_LOW also if no grant covers it. With `job_id` empty: for all jobs
  // whose ids the server makes up from the prefix.
  absl::Status CheckNewJob(absl::string_view job_id, absl::string_view job_id_prefix, Role needed) const;

  // The jobs that the caller may see, ascending, none of which covers another. Absent: all.
  std::optional<std::vector<JobPattern>> VisibleJobs() const;

 private:
  std::optional<Role> RoleFor(const JobPattern& jobs) const;

  std::vector<Grant> grants_;
};

// ROLE_TOO_LOW, CREDENTIALS_MISSING or CREDENTIALS_UNKNOWN, whose metadata names the role that is needed.
absl::Status Refuse(Reason reason, absl::string_view message, Role needed);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ACCESS_PERMISSIONS_H_
