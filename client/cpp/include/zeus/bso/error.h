// What the server says about an error beside its code and text. The absl::Status of a failed call has the gRPC code,
// and bears this as payloads.
#ifndef ZEUS_BSO_ERROR_H_
#define ZEUS_BSO_ERROR_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace zeus::bso {

// One field of a request that is wrong.
struct FieldViolation {
  // Its path, such as "spec.batch_sizes[2]".
  std::string field;

  // What it must be, such as "must be finite".
  std::string description;
};

// The server's stable name for the error, such as "JOB_NOT_FOUND"; docs/client-cpp.md lists them. Empty: the error is
// not the server's (nobody answered, the client was closed).
std::string ErrorReason(const absl::Status& status);

// What is wrong, for programs, such as {"fields", "max_power,gpu_model"} with JOB_EXISTS. Empty: nothing more is said.
std::map<std::string, std::string> ErrorMetadata(const absl::Status& status);

// Which fields of the request are wrong, with INVALID_FIELD. Else none.
std::vector<FieldViolation> FieldViolations(const absl::Status& status);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_ERROR_H_
