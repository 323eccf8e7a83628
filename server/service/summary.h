// Sums up the beliefs about a job in a sentence for people.
#ifndef ZEUS_BSO_SERVER_SERVICE_SUMMARY_H_
#define ZEUS_BSO_SERVER_SERVICE_SUMMARY_H_

#include <string>

#include "model/job.h"
#include "server/policy/explanation.h"

namespace zeus::bso {

std::string Summarize(const Job& job, const Explanation& explanation);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_SERVICE_SUMMARY_H_
