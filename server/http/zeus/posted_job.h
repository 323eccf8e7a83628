// Job specifications as Zeus' clients send and receive them.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_POSTED_JOB_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_POSTED_JOB_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/http/zeus/lax_values.h"
#include "server/http/zeus/problem.h"
#include "zeus/bso/v1/resources.pb.h"

namespace zeus::bso::http {

struct PostedJob {
  v1::JobSpec spec;
  // As posted. If it is negative, which means the same as 0, `spec` has 0.
  int64_t window_size = 0;
  // NumPy cannot use the seed, or SQLite cannot store it. The reference answers 500.
  bool has_impossible_seed = false;
};

// Fills in `job`, unless it adds to `problems`.
void ReadJob(const JsonFields& fields, PostedJob& job, std::vector<Problem>& problems);

// A registered job, as JSON.
std::string PrintJob(const v1::JobSpec& spec, int64_t window_size);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_POSTED_JOB_H_
