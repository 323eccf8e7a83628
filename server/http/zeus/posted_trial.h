// The trials and results that Zeus' clients send.
#ifndef ZEUS_BSO_SERVER_HTTP_ZEUS_POSTED_TRIAL_H_
#define ZEUS_BSO_SERVER_HTTP_ZEUS_POSTED_TRIAL_H_

#include <cstdint>
#include <string>
#include <vector>

#include "server/http/zeus/lax_values.h"
#include "server/http/zeus/problem.h"

namespace zeus::bso::http {

// Numbers beyond 64 bits become the nearest ones. No trial has those.
struct PostedTrial {
  std::string job_id;  // Empty, like that of no job, if it was not UTF-8.
  int64_t batch_size = 0;
  int64_t trial_number = 0;

  bool has_positive_numbers() const { return batch_size > 0 && trial_number > 0; }
};

struct PostedResult {
  PostedTrial trial;
  double time_seconds = 0;    // Finite, at least 0.
  double energy_joules = 0;   // Likewise.
  double metric = 0;          // Any, NaN too.
  int64_t current_epoch = 0;  // At least 0. Negative epochs become 0: the meaning is the same.
};

// Fill in the second argument, unless they add to `problems`.
void ReadTrial(const JsonFields& fields, PostedTrial& trial, std::vector<Problem>& problems);
void ReadResult(const JsonFields& fields, PostedResult& result, std::vector<Problem>& problems);

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_ZEUS_POSTED_TRIAL_H_
