// What clients are told when the store fails.
#include <string>
#include <vector>

#include "model/error.h"
#include "tests/server/rpc/faulty_engine.h"
#include "tests/server/rpc/rpc_fixture.h"

namespace zeus::bso::rpc {
namespace {

struct Fault {
  Reason reason;
  grpc::StatusCode code;
};

const std::vector<Fault>& StorageFaults() {
  static const auto* const faults = new std::vector<Fault>{{Reason::kStorageFull, grpc::RESOURCE_EXHAUSTED},
                                                           {Reason::kStorageUnavailable, grpc::UNAVAILABLE},
                                                           {Reason::kStorageCorrupted, grpc::DATA_LOSS}};
  return *faults;
}

class StorageErrors {
 public:
  ~StorageErrors() {
    disk().FailCommits(absl::OkStatus());
    disk().FailSyncs(absl::OkStatus());
  }

  Disk& disk() { return store_.disk(); }

  testing::Reply<v1::RegisterJobResponse> Register(const std::string& job_id) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = testing::MakeSpecMessage(job_id);
    return server_.client().Call(Optimizer::RegisterJob, request);
  }

  bool HasJob(const std::string& job_id) {
    return Answer(server_.client().Call(Service::GetJob, OfJob<v1::GetJobRequest>(job_id))).has_job();
  }

 private:
  FaultyStore store_;
  testing::ServerOnSocket server_{store_.store()};
};

TEST_CASE_METHOD(StorageErrors, "A commit that fails is answered with its own code, and the server goes on") {
  for (const Fault& fault : StorageFaults()) {
    const std::string reason(ReasonName(fault.reason));
    disk().FailCommits(MakeError(fault.reason, "the disk fails"));
    CheckRefused(Register(reason), fault.code, reason);
    disk().FailCommits(absl::OkStatus());
    CHECK_FALSE(HasJob(reason));
    CHECK(Register(reason).ok());
  }
}

TEST_CASE_METHOD(StorageErrors, "A call that loses every race is ABORTED and changes nothing") {
  disk().FailCommits(MakeError(Reason::kLostRace, "somebody was faster"));
  CheckRefused(Register("job"), grpc::ABORTED, "LOST_RACE");
  disk().FailCommits(absl::OkStatus());
  CHECK_FALSE(HasJob("job"));
}

TEST_CASE_METHOD(StorageErrors, "A change that could not be brought to the disk is not answered as done") {
  for (const Fault& fault : StorageFaults()) {
    const std::string reason(ReasonName(fault.reason));
    disk().FailSyncs(MakeError(fault.reason, "the disk fails"));
    CheckRefused(Register(reason), fault.code, reason);
    disk().FailSyncs(absl::OkStatus());
    // What is found to be registered already is on the disk by the time of the answer.
    CHECK_FALSE(Answer(Register(reason)).created());
  }
}

TEST_CASE_METHOD(StorageErrors, "Finding a job registered is not answered either while that is not on the disk") {
  disk().FailSyncs(MakeError(Reason::kStorageUnavailable, "the disk fails"));
  for (int i = 0; i < 2; ++i) CheckRefused(Register("job"), grpc::UNAVAILABLE, "STORAGE_UNAVAILABLE");
}

}  // namespace
}  // namespace zeus::bso::rpc
