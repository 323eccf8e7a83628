// The checks of a JobSpec.
#ifndef ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_JOB_SPEC_H_
#define ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_JOB_SPEC_H_

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "server/api/errors/field_errors.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::api {

enum class JobId { kRequired, kOptional };

// Checks `spec`, whose fields are named "spec.<field>".
void CheckJobSpec(const v1::JobSpec& spec, JobId job_id, FieldErrors& errors);

// That `duration` is well formed, and from `least` to `most`; `rule` says so.
void CheckDuration(const google::protobuf::Duration& duration, absl::Duration least, absl::Duration most,
                   absl::string_view field, absl::string_view rule, FieldErrors& errors);

// That `job_id` can name a job: 1 to 256 bytes of UTF-8 without control characters.
void CheckJobId(absl::string_view job_id, absl::string_view field, FieldErrors& errors);

// That `client_id` can name a client: at most 256 bytes likewise.
void CheckClientId(absl::string_view client_id, absl::string_view field, FieldErrors& errors);

// That `reason` can say why a trial does not count: 1 to 1,024 bytes likewise.
void CheckReason(absl::string_view reason, absl::string_view field, FieldErrors& errors);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_JOB_SPEC_H_
