// Roles, and what each is granted for.
#ifndef ZEUS_BSO_SERVER_API_ACCESS_ROLE_H_
#define ZEUS_BSO_SERVER_API_ACCESS_ROLE_H_

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::api {

// Each includes those before it.
enum class Role {
  kReader,   // Looks.
  kTrainer,  // Registers jobs and runs trials.
  kAdmin,    // Everything: deletes jobs, and changes records at will.
};

// "reader", "trainer" or "admin".
absl::string_view RoleName(Role role);

// Names jobs: the one with this id, or all whose ids begin with it.
struct JobPattern {
  std::string text;
  bool is_prefix = false;

  bool Covers(absl::string_view job_id) const { return is_prefix ? absl::StartsWith(job_id, text) : job_id == text; }
  bool Covers(const JobPattern& other) const { return Covers(other.text) && (is_prefix || !other.is_prefix); }

  bool operator==(const JobPattern&) const = default;
};

// A role for some jobs.
struct Grant {
  Role role = Role::kReader;
  std::vector<JobPattern> jobs = {};  // Empty: all jobs.

  bool operator==(const Grant&) const = default;
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ACCESS_ROLE_H_
