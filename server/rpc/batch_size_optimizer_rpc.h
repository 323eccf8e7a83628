// zeus.bso.v1.BatchSizeOptimizer over a backend. Thread-safe.
#ifndef ZEUS_BSO_SERVER_RPC_BATCH_SIZE_OPTIMIZER_RPC_H_
#define ZEUS_BSO_SERVER_RPC_BATCH_SIZE_OPTIMIZER_RPC_H_

#include "grpcpp/server_context.h"
#include "grpcpp/support/server_callback.h"
#include "server/rpc/backend.h"
#include "server/rpc/job_watch_hub.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"

namespace zeus::bso::rpc {

class BatchSizeOptimizerRpc final : public v1::BatchSizeOptimizer::CallbackService {
 public:
  // `backend` and `hub` outlive the service.
  BatchSizeOptimizerRpc(const Backend& backend, JobWatchHub& hub);

  grpc::ServerUnaryReactor* RegisterJob(grpc::CallbackServerContext* context, const v1::RegisterJobRequest* request,
                                        v1::RegisterJobResponse* response) override;
  grpc::ServerUnaryReactor* StartTrial(grpc::CallbackServerContext* context, const v1::StartTrialRequest* request,
                                       v1::StartTrialResponse* response) override;
  grpc::ServerUnaryReactor* ReportResult(grpc::CallbackServerContext* context, const v1::ReportResultRequest* request,
                                         v1::ReportResultResponse* response) override;
  grpc::ServerUnaryReactor* Heartbeat(grpc::CallbackServerContext* context, const v1::HeartbeatRequest* request,
                                      v1::HeartbeatResponse* response) override;
  grpc::ServerUnaryReactor* EndTrial(grpc::CallbackServerContext* context, const v1::EndTrialRequest* request,
                                     v1::EndTrialResponse* response) override;
  grpc::ServerUnaryReactor* DeleteJob(grpc::CallbackServerContext* context, const v1::DeleteJobRequest* request,
                                      v1::DeleteJobResponse* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context, const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerUnaryReactor* ListTrials(grpc::CallbackServerContext* context, const v1::ListTrialsRequest* request,
                                       v1::ListTrialsResponse* response) override;
  grpc::ServerUnaryReactor* ExplainJob(grpc::CallbackServerContext* context, const v1::ExplainJobRequest* request,
                                       v1::ExplainJobResponse* response) override;
  grpc::ServerWriteReactor<v1::JobEvent>* WatchJob(grpc::CallbackServerContext* context,
                                                   const v1::WatchJobRequest* request) override;

 private:
  const Backend& backend_;
  JobWatchHub& hub_;
};

}  // namespace zeus::bso::rpc

#endif  // ZEUS_BSO_SERVER_RPC_BATCH_SIZE_OPTIMIZER_RPC_H_
