// The unary methods of both services, as values: what each takes and answers, and its path. The generated stubs say the
// same, but their header takes seconds to compile.
#ifndef ZEUS_BSO_TESTS_SUPPORT_RPC_METHODS_H_
#define ZEUS_BSO_TESTS_SUPPORT_RPC_METHODS_H_

#include "zeus/bso/v1/batch_size_optimizer.pb.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::testing {

template <typename Request, typename Response>
struct RpcMethod {
  const char* path;  // Such as "/zeus.bso.v1.ZeusService/GetJob".
};

#define ZB_METHOD(Service, Name) \
  static constexpr RpcMethod<v1::Name##Request, v1::Name##Response> Name{"/zeus.bso.v1." #Service "/" #Name};

struct OptimizerMethods {
  static constexpr char kService[] = "zeus.bso.v1.BatchSizeOptimizer";
  ZB_METHOD(BatchSizeOptimizer, RegisterJob)
  ZB_METHOD(BatchSizeOptimizer, ProfileJob)
  ZB_METHOD(BatchSizeOptimizer, StartTrial)
  ZB_METHOD(BatchSizeOptimizer, ReportResult)
  ZB_METHOD(BatchSizeOptimizer, Heartbeat)
  ZB_METHOD(BatchSizeOptimizer, EndTrial)
  ZB_METHOD(BatchSizeOptimizer, UpdateJob)
  ZB_METHOD(BatchSizeOptimizer, VoidTrial)
  ZB_METHOD(BatchSizeOptimizer, ResetBatchSize)
  ZB_METHOD(BatchSizeOptimizer, DeleteJob)
  ZB_METHOD(BatchSizeOptimizer, ListJobs)
  ZB_METHOD(BatchSizeOptimizer, ListTrials)
  ZB_METHOD(BatchSizeOptimizer, ExplainJob)
};

struct ZeusServiceMethods {
  static constexpr char kService[] = "zeus.bso.v1.ZeusService";
  ZB_METHOD(ZeusService, GetArms)
  ZB_METHOD(ZeusService, GetArm)
  ZB_METHOD(ZeusService, GetExplorationsOfJob)
  ZB_METHOD(ZeusService, UpdateTrial)
  ZB_METHOD(ZeusService, UpdateArmState)
  ZB_METHOD(ZeusService, UpdateExpDefaultBatchSize)
  ZB_METHOD(ZeusService, CreateTrial)
  ZB_METHOD(ZeusService, GetRandomChoices)
  ZB_METHOD(ZeusService, GetNormal)
  ZB_METHOD(ZeusService, GetJob)
  ZB_METHOD(ZeusService, GetTrial)
  ZB_METHOD(ZeusService, CreateJob)
  ZB_METHOD(ZeusService, GetTrialResultsOfBatchSize)
  ZB_METHOD(ZeusService, CreateArms)
  ZB_METHOD(ZeusService, UpdateJobStage)
  ZB_METHOD(ZeusService, DeleteJob)
};

#undef ZB_METHOD

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_RPC_METHODS_H_
