// A server, and clients of it.
#ifndef ZEUS_BSO_TESTS_CLIENT_CPP_FIXTURE_H_
#define ZEUS_BSO_TESTS_CLIENT_CPP_FIXTURE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "catch2/catch.hpp"
#include "tests/support/server_process.h"
#include "tests/support/spec_messages.h"
#include "tests/support/status_matchers.h"
#include "tests/support/temp_dir.h"
#include "zeus/bso/client.h"
#include "zeus/bso/error.h"

namespace zeus::bso::testing {

// Such as "NOT_FOUND JOB_NOT_FOUND".
inline std::string CodeAndReason(const absl::Status& status) {
  return absl::StrCat(absl::StatusCodeToString(status.code()), " ", ErrorReason(status));
}

inline Client Connect(ClientOptions options) { return Value(Client::Create(std::move(options))); }
inline Client Connect(const std::string& target) { return Connect(ClientOptions{.target = target}); }

// Where a server listens, as it logs it.
inline std::string AddressOf(const ServerProcess& server) {
  const std::vector<std::string> parts = absl::StrSplit(server.output(), "listening on ");
  REQUIRE(parts.size() == 2);
  return std::vector<std::string>(absl::StrSplit(parts[1], '\n'))[0];
}

// A job of the Zeus policy, whatever the server's default is.
inline v1::JobSpec ZeusSpec(const std::string& job_id = "job") {
  v1::JobSpec spec = MakeSpecMessage(job_id);
  spec.set_policy(v1::POLICY_ZEUS);
  return spec;
}

// A job whose trials may fail for ever.
inline v1::JobSpec PatientSpec(const std::string& job_id = "job") {
  v1::JobSpec spec = ZeusSpec(job_id);
  spec.set_max_failures_per_batch_size(0);
  return spec;
}

// A report that keeps training, and one that converges.
inline constexpr Progress kGoesOn = {.metric = 0.1, .epoch = 1, .time_seconds = 1, .energy_joules = 2};
inline constexpr Progress kConverges = {.metric = 0.9, .epoch = 2, .time_seconds = 2, .energy_joules = 4};

// A server on a data directory of its own.
class ClientFixture {
 public:
  explicit ClientFixture(const std::vector<std::string>& flags = {}) { Start(flags); }

  // Starts the server, on the same data where there was another one.
  void Start(std::vector<std::string> flags = {}) {
    flags.push_back("--storage=rocksdb:" + (directory_ / "data"));
    server_ = std::make_unique<ServerProcess>(flags);
    const bool listening = server_->WaitUntilListening();
    INFO(server_->output());
    REQUIRE(listening);
  }

  ServerProcess& server() { return *server_; }
  std::string address() const { return AddressOf(*server_); }

  // The last trial of the job, as the server has it.
  v1::Trial LastTrial(const std::string& job_id = "job") {
    Client client = Connect(address());
    return Value(client.ListTrials(job_id)).back();
  }

  // Waits until it has ended.
  v1::Trial AwaitEnd(const std::string& job_id = "job") {
    v1::Trial trial = LastTrial(job_id);
    while (trial.status() == v1::TRIAL_STATUS_DISPATCHED) {
      absl::SleepFor(absl::Milliseconds(20));
      trial = LastTrial(job_id);
    }
    return trial;
  }

 private:
  TempDir directory_;
  std::unique_ptr<ServerProcess> server_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_CLIENT_CPP_FIXTURE_H_
