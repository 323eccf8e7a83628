// The methods of the API: each is listed here once.
#ifndef ZEUS_BSO_SERVER_API_CALLS_METHOD_LISTS_H_
#define ZEUS_BSO_SERVER_API_CALLS_METHOD_LISTS_H_

// The unary methods of zeus.bso.v1.BatchSizeOptimizer, each as V(Method).
#define ZB_BATCH_SIZE_OPTIMIZER_METHODS(V) \
  V(RegisterJob)                           \
  V(StartTrial)                            \
  V(ReportResult)                          \
  V(Heartbeat)                             \
  V(EndTrial)                              \
  V(UpdateJob)                             \
  V(VoidTrial)                             \
  V(ResetBatchSize)                        \
  V(DeleteJob)                             \
  V(ListJobs)                              \
  V(ListTrials)                            \
  V(ProfileJob)                            \
  V(ExplainJob)

// Those of zeus.bso.v1.ZeusService.
#define ZB_ZEUS_SERVICE_METHODS(V) \
  V(GetArms)                       \
  V(GetArm)                        \
  V(GetExplorationsOfJob)          \
  V(UpdateTrial)                   \
  V(UpdateArmState)                \
  V(UpdateExpDefaultBatchSize)     \
  V(CreateTrial)                   \
  V(GetRandomChoices)              \
  V(GetNormal)                     \
  V(GetJob)                        \
  V(GetTrial)                      \
  V(CreateJob)                     \
  V(GetTrialResultsOfBatchSize)    \
  V(CreateArms)                    \
  V(UpdateJobStage)                \
  V(DeleteJob)

// The streams of both services, each as V(Method, type). Metrics use the type as a label.
#define ZB_BATCH_SIZE_OPTIMIZER_STREAMS(V) V(WatchJob, "server_stream")

#define ZB_ZEUS_SERVICE_STREAMS(V) \
  V(Session, "bidi_stream")        \
  V(ExportJob, "server_stream")    \
  V(ImportJob, "client_stream")

#endif  // ZEUS_BSO_SERVER_API_CALLS_METHOD_LISTS_H_
