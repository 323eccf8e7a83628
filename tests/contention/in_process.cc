// Calls do on the calling thread what the handlers of the server do, without gRPC.
#include <type_traits>

#include "absl/time/clock.h"
#include "model/status_macros.h"
#include "server/service/memory.h"
#include "server/service/not_found.h"
#include "server/service/zeus_service.h"
#include "tests/contention/client.h"
#include "tests/support/test_store.h"

namespace zeus::bso::testing {
namespace {

// The record itself: a pointer to it is good for the session only.
template <typename Record>
absl::StatusOr<Record> Copy(absl::StatusOr<const Record*> record) {
  ZB_RETURN_IF_ERROR(record.status());
  return **record;
}

absl::StatusOr<Job> FetchJob(ZeusService& service, const std::string& job_id) {
  ZB_ASSIGN_OR_RETURN(const Job* const job, service.GetJob(job_id));
  if (job == nullptr) return JobNotFound(job_id);
  return *job;
}

const absl::Status& StatusOf(const absl::Status& status) { return status; }
template <typename T>
const absl::Status& StatusOf(const absl::StatusOr<T>& value) {
  return value.status();
}

// What `body`, called as body(service), answers in a session that then commits; else why it did not.
template <typename Body>
auto Run(storage::Store& store, Memory& memory, Body body) {
  std::invoke_result_t<Body, ZeusService&> answer = absl::UnknownError("the body was not called");
  const absl::Status status = Transact(store, [&](storage::Session& session) {
    ZeusService service(session, absl::Now(), {}, &memory);
    answer = body(service);
    return StatusOf(answer);
  });
  if (!status.ok()) answer = status;
  return answer;
}

class InProcessClient final : public Client {
 public:
  InProcessClient(storage::Store& store, Memory& memory) : store_(store), memory_(memory) {}

  absl::StatusOr<RegisteredJob> RegisterJob(const JobSpec& spec) override {
    return Run(store_, memory_, [&](ZeusService& service) -> absl::StatusOr<RegisteredJob> {
      ZB_ASSIGN_OR_RETURN(const Registration registration,
                          Optimizer(service).Register(spec, {.asked_for = spec.policy}));
      return RegisteredJob{.job = *registration.job, .created = registration.created};
    });
  }

  absl::StatusOr<Trial> StartTrial(const std::string& job_id, const std::string& client_id) override {
    return Run(store_, memory_, [&](ZeusService& service) -> absl::StatusOr<Trial> {
      ZB_ASSIGN_OR_RETURN(const StartedRun run, Optimizer(service).StartTrial(job_id, client_id));
      return *run.trial;
    });
  }

  absl::StatusOr<Verdict> ReportResult(const Report& report) override {
    return Run(store_, memory_, [&](ZeusService& service) { return Optimizer(service).TakeReport(report); });
  }

  absl::StatusOr<Trial> EndTrial(const TrialKey& key, TrialFailure failure) override {
    return Run(store_, memory_, [&](ZeusService& service) { return Copy(Optimizer(service).EndTrial(key, failure)); });
  }

  absl::Status DeleteJob(const std::string& job_id) override {
    return Run(store_, memory_, [&](ZeusService& service) { return Optimizer(service).DeleteJob(job_id); });
  }

  absl::StatusOr<std::vector<Trial>> ListTrials(const std::string& job_id) override {
    std::vector<Trial> trials;
    ZB_RETURN_IF_ERROR(Transact(store_, [&](storage::Session& session) {
      trials.clear();
      return session.ScanTrials(job_id, 0, [&](const Trial& trial) {
        trials.push_back(trial);
        return true;
      });
    }));
    return trials;
  }

  absl::StatusOr<Job> GetJob(const std::string& job_id) override {
    return Run(store_, memory_, [&](ZeusService& service) { return FetchJob(service, job_id); });
  }

  absl::StatusOr<std::vector<GaussianTsArm>> GetArms(const std::string& job_id) override {
    return Run(store_, memory_, [&](ZeusService& service) { return service.GetArms(job_id); });
  }

  absl::StatusOr<Trial> CreateTrial(const std::string& job_id, int64_t batch_size, TrialType type) override {
    return Run(store_, memory_, [&](ZeusService& service) -> absl::StatusOr<Trial> {
      ZB_RETURN_IF_ERROR(FetchJob(service, job_id).status());
      return Copy(service.CreateTrial(job_id, batch_size, type));
    });
  }

  absl::StatusOr<std::vector<TrialResult>> GetTrialResultsOfBatchSize(const std::string& job_id,
                                                                      int64_t batch_size) override {
    return Run(store_, memory_, [&](ZeusService& service) -> absl::StatusOr<std::vector<TrialResult>> {
      ZB_RETURN_IF_ERROR(FetchJob(service, job_id).status());
      return service.GetTrialResultsOfBatchSize(job_id, batch_size);
    });
  }

 private:
  storage::Store& store_;
  Memory& memory_;
};

class InProcess final : public FrontEnd {
 public:
  explicit InProcess(storage::Store& store) : store_(store) {}
  std::unique_ptr<Client> Connect() override { return std::make_unique<InProcessClient>(store_, memory_); }

 private:
  storage::Store& store_;
  Memory memory_;
};

}  // namespace

std::unique_ptr<FrontEnd> MakeFrontEnd(storage::Store& store) { return std::make_unique<InProcess>(store); }

}  // namespace zeus::bso::testing
