// ExportJob and ImportJob as a client sees them.
#ifndef ZEUS_BSO_TESTS_SUPPORT_JOB_TRANSFER_H_
#define ZEUS_BSO_TESTS_SUPPORT_JOB_TRANSFER_H_

#include <chrono>
#include <string>
#include <vector>

#include "grpcpp/client_context.h"
#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

using JobRecords = std::vector<v1::JobRecord>;

inline Reply<JobRecords> ExportJob(RpcClient& client, const std::string& job_id = "job") {
  const auto service = v1::ZeusService::NewStub(client.channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  v1::ExportJobRequest request;
  request.set_job_id(job_id);
  const auto stream = service->ExportJob(&context, request);
  Reply<JobRecords> reply;
  v1::JobRecord record;
  while (stream->Read(&record)) reply.response.push_back(record);
  reply.status = stream->Finish();
  return reply;
}

inline Reply<v1::ImportJobResponse> ImportJob(RpcClient& client, const JobRecords& records) {
  const auto service = v1::ZeusService::NewStub(client.channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  Reply<v1::ImportJobResponse> reply;
  const auto stream = service->ImportJob(&context, &reply.response);
  for (const v1::JobRecord& record : records) {
    if (!stream->Write(record)) break;  // It has ended, as the status says.
  }
  stream->WritesDone();
  reply.status = stream->Finish();
  return reply;
}

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_JOB_TRANSFER_H_
