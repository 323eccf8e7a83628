// Retries: the policy, and over restarts, answers that are lost and answers that are late.
#include "client/cpp/src/retry.h"

#include <signal.h>

#include <algorithm>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "tests/client/cpp/fixture.h"
#include "tests/client/cpp/tcp_proxy.h"

namespace zeus::bso::testing {
namespace {

using absl::StatusCode;
using client_internal::Backoff;
using client_internal::Cancellation;
using client_internal::MaxBackoff;
using client_internal::Repeatable;

constexpr RetryPolicy kNoRetries = {.total = absl::ZeroDuration()};
// One that does not give up while a test lasts.
constexpr RetryPolicy kPatient = {.total = absl::Minutes(10)};

TEST_CASE("Waits double up to their bound") {
  const RetryPolicy policy = {.first_backoff = absl::Seconds(1), .max_backoff = absl::Seconds(5)};
  CHECK(MaxBackoff(policy, 1) == absl::Seconds(1));
  CHECK(MaxBackoff(policy, 2) == absl::Seconds(2));
  CHECK(MaxBackoff(policy, 3) == absl::Seconds(4));
  CHECK(MaxBackoff(policy, 4) == absl::Seconds(5));
  CHECK(MaxBackoff(policy, 5000) == absl::Seconds(5));
}

TEST_CASE("Waits have full jitter") {
  std::vector<absl::Duration> waits(200);
  std::generate(waits.begin(), waits.end(), [] { return Backoff({.first_backoff = absl::Seconds(1)}, 1); });
  const auto [least, most] = std::minmax_element(waits.begin(), waits.end());
  CHECK(*least >= absl::ZeroDuration());
  CHECK(*least < absl::Milliseconds(200));
  CHECK(*most > absl::Milliseconds(800));
  CHECK(*most <= absl::Seconds(1));
}

struct Attempts {
  absl::Status status;
  std::vector<absl::Duration> timeouts;
};

// The attempts that these codes answer, one after the other, and then a success.
Attempts AttemptsAt(const RetryPolicy& policy, const std::vector<StatusCode>& codes, Repeatable repeatable) {
  Attempts attempts;
  Cancellation cancellation({}, {});
  const auto attempt = [&](absl::Duration timeout) {
    attempts.timeouts.push_back(timeout);
    const size_t number = attempts.timeouts.size();
    return number > codes.size() ? absl::OkStatus() : absl::Status(codes[number - 1], "");
  };
  attempts.status = client_internal::CallWithRetries(attempt, absl::Seconds(2), policy, repeatable, cancellation);
  return attempts;
}

TEST_CASE("Attempts end at a success, and at what may not be repeated") {
  const RetryPolicy quick = {.first_backoff = absl::ZeroDuration()};
  const auto after = [&](const std::vector<StatusCode>& codes, Repeatable repeatable) {
    const Attempts attempts = AttemptsAt(quick, codes, repeatable);
    return std::make_pair(attempts.timeouts.size(), attempts.status.code());
  };
  using std::make_pair;
  constexpr auto kNothing = Repeatable::kNothingChanged;
  constexpr auto kUnknown = Repeatable::kOutcomeUnknown;
  CHECK(after({StatusCode::kAborted, StatusCode::kAborted}, kNothing) == make_pair(size_t{3}, StatusCode::kOk));
  CHECK(after({StatusCode::kAborted, StatusCode::kUnavailable}, kNothing) ==
        make_pair(size_t{2}, StatusCode::kUnavailable));
  CHECK(after({StatusCode::kDeadlineExceeded}, kNothing) == make_pair(size_t{1}, StatusCode::kDeadlineExceeded));
  CHECK(after({StatusCode::kAborted, StatusCode::kUnavailable, StatusCode::kDeadlineExceeded}, kUnknown) ==
        make_pair(size_t{4}, StatusCode::kOk));
  for (const StatusCode code : {StatusCode::kNotFound, StatusCode::kResourceExhausted, StatusCode::kInternal,
                                StatusCode::kDataLoss, StatusCode::kCancelled}) {
    CHECK(after({code}, kUnknown) == make_pair(size_t{1}, code));
  }
}

TEST_CASE("Attempts are bounded, and none lasts longer than what is left") {
  const RetryPolicy policy = {.total = absl::Milliseconds(50), .first_backoff = absl::Milliseconds(10)};
  const Attempts attempts =
      AttemptsAt(policy, std::vector<StatusCode>(100000, StatusCode::kAborted), Repeatable::kNothingChanged);
  CHECK(absl::IsAborted(attempts.status));
  CHECK(attempts.timeouts[0] == absl::Seconds(2));
  for (size_t i = 1; i < attempts.timeouts.size(); ++i) CHECK(attempts.timeouts[i] < absl::Milliseconds(50));
}

TEST_CASE("A cancel ends the wait between two attempts") {
  std::stop_source stop;
  Cancellation cancellation({}, stop.get_token());
  const RetryPolicy policy = {.total = absl::Hours(9), .first_backoff = absl::Hours(9), .max_backoff = absl::Hours(9)};
  const auto attempt = [&](absl::Duration) {
    stop.request_stop();
    return absl::AbortedError("");
  };
  CHECK(absl::IsCancelled(
      client_internal::CallWithRetries(attempt, absl::Seconds(1), policy, Repeatable::kNothingChanged, cancellation)));
}

// A job, and a proxy before its server.
class LostAnswerFixture : public ClientFixture {
 public:
  LostAnswerFixture() : direct(Connect(address())), proxy(address()) {
    REQUIRE(direct.RegisterJob(PatientSpec("nightly")).ok());
  }

  Client ConnectToProxy(const RetryPolicy& retry = kPatient) {
    return Connect({.target = proxy.address(), .retry = retry});
  }

  std::vector<int64_t> TrialNumbers() {
    std::vector<int64_t> numbers;
    for (const v1::Trial& trial : Value(direct.ListTrials("nightly"))) numbers.push_back(trial.trial_number());
    return numbers;
  }

  Client direct;
  TcpProxy proxy;
};

TEST_CASE_METHOD(LostAnswerFixture, "A start whose answer was lost starts one trial") {
  Client client = ConnectToProxy();
  proxy.LoseAnswer("nightly");
  const v1::Trial trial = Value(client.StartTrial("nightly"));
  CHECK(proxy.TookAnswer());
  CHECK(TrialNumbers() == std::vector<int64_t>{trial.trial_number()});
}

TEST_CASE_METHOD(LostAnswerFixture, "A registration whose answer was lost registers one job") {
  Client client = ConnectToProxy();
  v1::JobSpec spec = ZeusSpec("");
  spec.set_job_id_prefix("weekly");
  proxy.LoseAnswer("weekly");
  const v1::RegisterJobResponse registered = Value(client.RegisterJob(spec));
  CHECK(proxy.TookAnswer());
  CHECK(registered.created());
  const std::vector<v1::Job> jobs = Value(direct.ListJobs("weekly"));
  REQUIRE(jobs.size() == 1);
  CHECK(jobs[0].spec().job_id() == registered.job().spec().job_id());
}

TEST_CASE_METHOD(LostAnswerFixture, "A report whose answer was lost is answered, and so is an end") {
  Client client = ConnectToProxy();
  const v1::Trial first = Value(client.StartTrial("nightly"));
  proxy.LoseAnswer("reached 0.5");
  CHECK(Value(client.ReportResult(first, kConverges)).converged());
  CHECK(proxy.TookAnswer());
  const v1::Trial second = Value(client.StartTrial("nightly"));
  proxy.LoseAnswer("nightly");
  CHECK(Value(client.EndTrial(second)).failure() == v1::TRIAL_FAILURE_FAILED);
  CHECK(proxy.TookAnswer());
}

TEST_CASE_METHOD(LostAnswerFixture, "A correction whose answer was lost is repeated") {
  Client client = ConnectToProxy();
  v1::JobSpec spec;
  spec.set_job_id("nightly");
  spec.set_max_epochs(7);
  proxy.LoseAnswer("nightly");
  CHECK(Value(client.UpdateJob(spec, {"max_epochs"})).job().spec().max_epochs() == 7);
  CHECK(proxy.TookAnswer());

  const v1::Trial trial = Value(client.StartTrial("nightly"));
  REQUIRE(client.EndTrial(trial).ok());
  proxy.LoseAnswer("nightly");
  CHECK(Value(client.ResetBatchSize("nightly", trial.batch_size())).job().failures().empty());
  CHECK(proxy.TookAnswer());

  proxy.LoseAnswer("nightly");
  CHECK(Value(client.VoidTrial(trial, "broken data")).trial().voided().reason() == "broken data");
  CHECK(proxy.TookAnswer());
}

TEST_CASE_METHOD(LostAnswerFixture, "A deletion whose answer was lost is not repeated") {
  Client client = ConnectToProxy();
  proxy.LoseAnswer("grpc-status");
  CHECK(CodeAndReason(client.DeleteJob("nightly")) == "UNAVAILABLE ");
  CHECK(proxy.TookAnswer());
  CHECK_FALSE(Value(direct.GetJob("nightly")).has_value());
  CHECK(proxy.Requests("nightly") == 1);
}

TEST_CASE_METHOD(LostAnswerFixture, "Without retries the loss is seen, though the trial was started") {
  Client client = ConnectToProxy(kNoRetries);
  proxy.LoseAnswer("nightly");
  CHECK(CodeAndReason(client.StartTrial("nightly").status()) == "UNAVAILABLE ");
  CHECK(TrialNumbers() == std::vector<int64_t>{1});
}

TEST_CASE_METHOD(LostAnswerFixture, "A start whose answer is late starts one trial") {
  Client client = Connect({.target = proxy.address(), .timeout = absl::Seconds(1), .retry = kPatient});
  proxy.HoldAnswer("nightly");
  std::thread releaser([this] {
    proxy.AwaitRequests("nightly", 2);  // The first attempt was given up.
    proxy.Release();
  });
  const v1::Trial trial = Value(client.StartTrial("nightly"));
  releaser.join();
  CHECK(TrialNumbers() == std::vector<int64_t>{trial.trial_number()});
}

TEST_CASE_METHOD(LostAnswerFixture, "No answer in time is DEADLINE_EXCEEDED") {
  Client client = Connect({.target = proxy.address(), .timeout = absl::Seconds(1), .retry = kNoRetries});
  proxy.HoldAnswer("nightly");
  CHECK(CodeAndReason(client.GetJob("nightly").status()) == "DEADLINE_EXCEEDED ");
}

TEST_CASE("Calls outlast a server that is killed and started again") {
  const TempDir directory;
  const std::string listen = "--listen=unix:" + (directory / "socket");
  ClientFixture fixture({listen});
  Client client = Connect({.target = fixture.address(), .retry = kPatient});
  REQUIRE(client.RegisterJob(ZeusSpec()).ok());
  const v1::Trial trial = Value(client.StartTrial("job"));
  fixture.server().Signal(SIGKILL);
  fixture.server().Wait();
  absl::StatusOr<v1::Trial> answered;
  std::thread caller([&] { answered = client.Heartbeat(trial); });
  fixture.Start({listen});
  caller.join();
  CHECK(Value(answered).trial_number() == trial.trial_number());
  CHECK(answered->status() == v1::TRIAL_STATUS_DISPATCHED);
}

TEST_CASE("A server that is not there is UNAVAILABLE") {
  const TempDir directory;
  Client client = Connect({.target = "unix:" + (directory / "none"), .retry = {.total = absl::Milliseconds(200)}});
  CHECK(CodeAndReason(client.GetJob("job").status()) == "UNAVAILABLE ");
}

}  // namespace
}  // namespace zeus::bso::testing
