// The checks of a GaussianTsArm.
#ifndef ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_ARM_H_
#define ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_ARM_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "server/api/errors/field_errors.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::api {

// Checks `arm`, whose fields are named "<path>.<field>"; not its job_id.
void CheckArm(const v1::GaussianTsArm& arm, absl::string_view path, FieldErrors& errors);

// That `batch_size` is in [1, 2^40].
void CheckBatchSize(int64_t batch_size, absl::string_view field, FieldErrors& errors);

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_VALIDATION_VALIDATE_ARM_H_
