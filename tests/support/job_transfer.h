// ExportJob and ImportJob as a client sees them.
#ifndef ZEUS_BSO_TESTS_SUPPORT_JOB_TRANSFER_H_
#define ZEUS_BSO_TESTS_SUPPORT_JOB_TRANSFER_H_

#include <string>
#include <vector>

#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

using JobRecords = std::vector<v1::JobRecord>;

// Without the job's summary, which may be computed at any time.
Reply<JobRecords> ExportJob(RpcClient& client, const std::string& job_id = "job");

Reply<v1::ImportJobResponse> ImportJob(RpcClient& client, const JobRecords& records);

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_JOB_TRANSFER_H_
