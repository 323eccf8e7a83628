// ZeusService.Session as a client sees it.
#ifndef ZEUS_BSO_TESTS_SUPPORT_WIRE_SESSION_H_
#define ZEUS_BSO_TESTS_SUPPORT_WIRE_SESSION_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

class WireSession {
 public:
  explicit WireSession(RpcClient& client, std::chrono::milliseconds timeout = std::chrono::seconds(60));

  // Cancels the session, unless it has ended.
  ~WireSession();

  // The answer to a request; nothing if the session has ended instead.
  std::optional<v1::SessionResponse> Ask(const v1::SessionRequest& request);

  // The two halves of Ask, for several requests in progress.
  void Write(const v1::SessionRequest& request);
  std::optional<v1::SessionResponse> Read();

  void Cancel();

  // Ends the session if it has not ended, and says how it ended.
  Reply<v1::SessionResponse> Finish();

 private:
  struct Stream;

  std::unique_ptr<Stream> stream_;
  bool finished_ = false;
};

// Requests of a session.
v1::SessionRequest GetJobRequest(const std::string& job_id = "job");
v1::SessionRequest CreateTrialRequest(int64_t batch_size, const std::string& job_id = "job");
v1::SessionRequest CommitRequest();

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_WIRE_SESSION_H_
