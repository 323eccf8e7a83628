// The fields of a specification: whether they can change, and what that means. Names are those of zeus.bso.v1.JobSpec.
#ifndef ZEUS_BSO_SERVER_SERVICE_SPEC_FIELDS_H_
#define ZEUS_BSO_SERVER_SERVICE_SPEC_FIELDS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "model/job.h"

namespace zeus::bso {

// The names of the fields in which two specifications of the same job_id differ.
std::vector<std::string> DifferingFields(const JobSpec& a, const JobSpec& b);

// Whether a field may differ between the specifications of a job before and after an update.
bool CanChange(absl::string_view field, const JobSpec& before, const JobSpec& after);

// What the change of a field that can change means, in a sentence or two.
std::string MeaningOf(absl::string_view field, const JobSpec& before, const JobSpec& after);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_SPEC_FIELDS_H_
