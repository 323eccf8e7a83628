#include "tests/soak/aftermath.h"

#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "grpcpp/channel.h"
#include "grpcpp/client_context.h"
#include "tests/soak/trainer.h"
#include "tests/support/rpc_client.h"
#include "tests/support/wire_session.h"
#include "zeus/bso/v1/batch_size_optimizer.grpc.pb.h"

namespace zeus::bso::testing {
namespace {

void OpenSessions(RpcClient& client, const Expected& expected, Progress& progress) {
  std::vector<std::unique_ptr<WireSession>> sessions;
  for (int i = 0; i < expected.sessions; ++i) {
    sessions.push_back(std::make_unique<WireSession>(client));
    sessions.back()->Write(GetJobRequest(expected.job_id));
  }
  for (size_t i = 0; i < sessions.size(); ++i) {
    if (sessions[i]->Read().has_value()) continue;
    return progress.Fail(absl::StrCat("only ", i, " of ", expected.sessions,
                                      " sessions can be opened: ", sessions[i]->Finish().status.error_message()));
  }
}

void OpenWatchers(RpcClient& client, const Expected& expected, Progress& progress) {
  v1::BatchSizeOptimizer::Stub stub(client.channel());
  v1::WatchJobRequest request;
  request.set_job_id(expected.job_id);
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::JobEvent>>> streams;
  for (int i = 0; i < expected.watchers; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    streams.push_back(stub.WatchJob(contexts.back().get(), request));
    v1::JobEvent event;
    if (streams.back()->Read(&event)) continue;
    progress.Fail(absl::StrCat("only ", i, " of ", expected.watchers,
                               " watchers can be opened: ", streams.back()->Finish().error_message()));
    streams.pop_back();
    break;
  }
  for (size_t i = 0; i < streams.size(); ++i) {
    contexts[i]->TryCancel();
    streams[i]->Finish();
  }
}

}  // namespace

void CheckAftermath(const std::string& address, const Expected& expected, Progress& progress) {
  RpcClient client(address);
  Trainer(address, progress).RunTrial(expected.job_id);
  OpenSessions(client, expected, progress);
  OpenWatchers(client, expected, progress);
}

}  // namespace zeus::bso::testing
