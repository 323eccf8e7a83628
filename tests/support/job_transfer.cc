#include "tests/support/job_transfer.h"

#include <chrono>

#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::testing {

Reply<JobRecords> ExportJob(RpcClient& client, const std::string& job_id) {
  const auto service = v1::ZeusService::NewStub(client.channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  v1::ExportJobRequest request;
  request.set_job_id(job_id);
  const auto stream = service->ExportJob(&context, request);
  Reply<JobRecords> reply;
  v1::JobRecord record;
  while (stream->Read(&record)) {
    if (record.has_job()) record.mutable_job()->clear_summary();
    reply.response.push_back(record);
  }
  reply.status = stream->Finish();
  return reply;
}

Reply<v1::ImportJobResponse> ImportJob(RpcClient& client, const JobRecords& records) {
  const auto service = v1::ZeusService::NewStub(client.channel());
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
  Reply<v1::ImportJobResponse> reply;
  const auto stream = service->ImportJob(&context, &reply.response);
  for (const v1::JobRecord& record : records) {
    if (!stream->Write(record)) break;  // The server has ended the import; the status says why.
  }
  stream->WritesDone();
  reply.status = stream->Finish();
  return reply;
}

}  // namespace zeus::bso::testing
