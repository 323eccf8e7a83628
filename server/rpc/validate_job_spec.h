// The checks of a JobSpec.
#ifndef ZEUS_BSO_SERVER_RPC_VALIDATE_JOB_SPEC_H_
#define ZEUS_BSO_SERVER_RPC_VALIDATE_JOB_SPEC_H_

#include "absl/strings/string_view.h"
#include "server/rpc/field_errors.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::rpc {

enum class JobId { kRequired, kOptional };

// Checks `spec`, whose fields are named "spec.<field>".
void CheckJobSpec(const v1::JobSpec& spec, JobId job_id, FieldErrors& errors);

// That `job_id` can name a job: 1 to 256 bytes of UTF-8 without control characters.
void CheckJobId(absl::string_view job_id, absl::string_view field, FieldErrors& errors);

// That `client_id` can name a client: at most 256 bytes likewise.
void CheckClientId(absl::string_view client_id, absl::string_view field, FieldErrors& errors);

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_VALIDATE_JOB_SPEC_H_
