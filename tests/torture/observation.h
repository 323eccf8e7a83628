// What a server says of the jobs of a workload.
#ifndef ZEUS_BSO_TESTS_TORTURE_OBSERVATION_H_
#define ZEUS_BSO_TESTS_TORTURE_OBSERVATION_H_

#include <string>

#include "tests/torture/history.h"

namespace zeus::bso::torture {

struct Observation {
  StoreState state;            // Jobs that could not be read are missing.
  std::string errors;          // How reads failed. A line each.
  std::string contradictions;  // Between the record of a job and its trials. A line each.
};

Observation Observe(const std::string& address);

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_OBSERVATION_H_
