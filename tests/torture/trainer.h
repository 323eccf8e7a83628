// One caller of a server, which records what it is answered.
#ifndef ZEUS_BSO_TESTS_TORTURE_TRAINER_H_
#define ZEUS_BSO_TESTS_TORTURE_TRAINER_H_

#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <utility>

#include "tests/support/rpc_client.h"
#include "tests/torture/history.h"

namespace zeus::bso::torture {

// A trial as a server shows it.
ModelTrial ToModel(const v1::Trial& trial);

// How a call ended. Nothing: it has changed nothing for certain, and tells nothing of its job.
std::optional<Outcome> OutcomeOf(const grpc::Status& status, const std::string& reason);

// Not thread-safe.
class Trainer {
 public:
  // `name` tells apart all callers of a history.
  Trainer(const std::string& address, std::string name, uint64_t seed, History& history)
      : client_(address), name_(std::move(name)), random_(seed), history_(history) {}

  // A few calls about one job. False: one of them failed, and the server may be gone.
  bool Step(const std::string& job_id);

 private:
  using Methods = testing::RpcClient::Optimizer;

  bool Chance(double probability) { return std::uniform_real_distribution<double>(0, 1)(random_) < probability; }

  // A random UUID, some of the time.
  std::string MaybeRequestId();

  bool Register(const std::string& job_id);
  bool Delete(const std::string& job_id);
  bool List(const std::string& job_id);
  // Starts a trial and, most of the time, ends it.
  bool Train(const std::string& job_id);
  // The same in one session.
  bool TrainInSession(const std::string& job_id);

  // Starts a trial, or finds that there is no such job. Nothing: it is not known, or none can be started.
  std::optional<v1::Trial> Start(const std::string& job_id);
  bool End(const v1::Trial& trial);

  // Makes a call, and records it as `call` once `answer` has filled in what was answered. One with a request_id is made
  // again while its outcome is unknown. Returns how it ended.
  template <typename Request, typename Response, typename Answer>
  std::optional<Outcome> Make(const std::string& job_id, testing::RpcMethod<Request, Response> method,
                              const Request& request, Call call, Answer answer);
  // Makes a call again that was answered: the answer is the same, byte for byte.
  template <typename Request, typename Response>
  void CheckRepeated(testing::RpcMethod<Request, Response> method, const Request& request, const Response& response);

  testing::RpcClient client_;
  const std::string name_;
  std::mt19937_64 random_;
  History& history_;
  bool failed_ = false;  // A call of this step.
};

}  // namespace zeus::bso::torture

#endif  // ZEUS_BSO_TESTS_TORTURE_TRAINER_H_
