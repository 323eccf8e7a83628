// ZeusService.Session over the wire.
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "catch2/catch.hpp"
#include "tests/server/grpc/rpc_fixture.h"
#include "tests/support/wire_session.h"

namespace zeus::bso::rpc {
namespace {

using testing::CommitRequest;
using testing::CreateTrialRequest;
using testing::GetJobRequest;
using testing::WireSession;

v1::SessionRequest Sequence(const std::vector<v1::SessionRequest>& requests) {
  v1::SessionRequest sequence;
  sequence.mutable_sequence()->mutable_requests()->Add(requests.begin(), requests.end());
  return sequence;
}

int NumTrials(RpcFixture& fixture) {
  return Answer(fixture.Call(Optimizer::ListTrials, OfJob<v1::ListTrialsRequest>())).trials_size();
}

}  // namespace

TEST_CASE("All changes of a session take effect at its commit") {
  RpcFixture fixture;
  fixture.RegisterJob();
  WireSession session(fixture.client());
  CHECK(session.Ask(GetJobRequest())->get_job().job().spec().job_id() == "job");
  CHECK(session.Ask(CreateTrialRequest(16))->create_trial().trial().trial_number() == 1);
  CHECK(session.Ask(CreateTrialRequest(32))->create_trial().trial().trial_number() == 2);
  CHECK(NumTrials(fixture) == 0);
  REQUIRE(session.Ask(CommitRequest())->has_commit());
  CHECK(session.Finish().ok());
  CHECK(NumTrials(fixture) == 2);
}

TEST_CASE("A sequence does what its requests do one by one, in one round trip") {
  RpcFixture fixture;
  fixture.RegisterJob();
  WireSession session(fixture.client());
  const auto started = session.Ask(Sequence({GetJobRequest(), CreateTrialRequest(16), CreateTrialRequest(32)}));
  REQUIRE(started->sequence().responses_size() == 3);
  CHECK(started->sequence().responses(0).get_job().job().spec().job_id() == "job");
  CHECK(started->sequence().responses(2).create_trial().trial().trial_number() == 2);
  CHECK(NumTrials(fixture) == 0);

  const auto committed = session.Ask(Sequence({CreateTrialRequest(16), CommitRequest()}));
  REQUIRE(committed->sequence().responses_size() == 2);
  CHECK(committed->sequence().responses(0).create_trial().trial().trial_number() == 3);
  CHECK(committed->sequence().responses(1).has_commit());
  CHECK(session.Finish().ok());
  CHECK(NumTrials(fixture) == 3);
}

TEST_CASE("The first request of a sequence that fails ends the session, and nothing was changed") {
  RpcFixture fixture;
  fixture.RegisterJob();
  WireSession session(fixture.client());
  CHECK_FALSE(session.Ask(Sequence({GetJobRequest(), CreateTrialRequest(16), CreateTrialRequest(3), CommitRequest()})));
  CHECK(session.Finish().reason() == "BATCH_SIZE_NOT_IN_JOB");
  CHECK(NumTrials(fixture) == 0);
}

TEST_CASE("A sequence that lost a race changes nothing") {
  RpcFixture fixture;
  fixture.RegisterJob();
  WireSession session(fixture.client());
  REQUIRE(session.Ask(Sequence({GetJobRequest()})).has_value());
  fixture.StartTrial();
  CHECK_FALSE(session.Ask(Sequence({CreateTrialRequest(16), CommitRequest()})).has_value());
  CHECK(session.Finish().reason() == "LOST_RACE");
  CHECK(NumTrials(fixture) == 1);
}

TEST_CASE("A sequence has 1 to 100 requests, no sequence among them, and a commit only as its last") {
  RpcFixture fixture;
  fixture.RegisterJob();
  const auto refusal = [&](const std::vector<v1::SessionRequest>& requests) {
    WireSession session(fixture.client());
    CHECK_FALSE(session.Ask(Sequence(requests)).has_value());
    return session.Finish();
  };
  CHECK(refusal({}).fields() == std::vector<std::string>{"sequence.requests"});
  CHECK(refusal(std::vector<v1::SessionRequest>(101, GetJobRequest())).fields() ==
        std::vector<std::string>{"sequence.requests"});
  CHECK(refusal({GetJobRequest(), Sequence({GetJobRequest()})}).fields() ==
        std::vector<std::string>{"sequence.requests[1]"});
  CHECK(refusal({GetJobRequest(), CommitRequest(), GetJobRequest()}).fields() ==
        std::vector<std::string>{"sequence.requests[1]"});
  CHECK(refusal({v1::SessionRequest()}).fields() == std::vector<std::string>{"request"});
  WireSession longest(fixture.client());
  CHECK(longest.Ask(Sequence(std::vector<v1::SessionRequest>(100, GetJobRequest())))->sequence().responses_size() ==
        100);
}

TEST_CASE("A session has at most 10,000 requests, those of sequences counted one by one") {
  RpcFixture fixture;
  fixture.RegisterJob();
  const v1::SessionRequest hundred = Sequence(std::vector<v1::SessionRequest>(100, GetJobRequest()));
  WireSession session(fixture.client());
  for (int i = 0; i < 100; ++i) REQUIRE(session.Ask(hundred).has_value());
  CHECK_FALSE(session.Ask(GetJobRequest()).has_value());
  CHECK(session.Finish().reason() == "SESSION_TOO_LONG");
}

TEST_CASE("A sequence with more than 4 MiB of answers ends the session, but one by one they are given") {
  RpcFixture fixture;
  v1::JobSpec spec = testing::MakeSpecMessage(std::string(256, 'j'));
  spec.clear_batch_sizes();
  for (int64_t size = 1; size <= 1024; ++size) spec.add_batch_sizes(size);
  v1::SessionRequest create_arms;
  create_arms.mutable_create_arms()->set_job_id(spec.job_id());
  for (const int64_t size : spec.batch_sizes()) create_arms.mutable_create_arms()->add_arms()->set_batch_size(size);
  Answer(fixture.Register(spec));
  v1::SessionRequest get_arms;
  get_arms.mutable_get_arms()->set_job_id(spec.job_id());
  WireSession session(fixture.client());
  REQUIRE(session.Ask(Sequence({GetJobRequest(spec.job_id()), create_arms, get_arms})).has_value());
  CHECK(session.Ask(get_arms)->get_arms().arms_size() == 1024);
  CHECK_FALSE(session.Ask(Sequence(std::vector<v1::SessionRequest>(100, get_arms))).has_value());
  CHECK(session.Finish().reason() == "SESSION_TOO_LONG");
}

TEST_CASE("Who is told of the commit of one session can begin another, however few are allowed") {
  RpcFixture fixture({.sessions = {.max_sessions = 1}});
  fixture.RegisterJob();
  for (int i = 0; i < 200; ++i) {
    WireSession session(fixture.client());
    REQUIRE(session.Ask(Sequence({GetJobRequest(), CreateTrialRequest(16), CommitRequest()})).has_value());
  }
}

TEST_CASE("Reads see the writes of their own session") {
  RpcFixture fixture;
  fixture.RegisterJob();
  WireSession session(fixture.client());
  REQUIRE(session.Ask(GetJobRequest()).has_value());
  REQUIRE(session.Ask(CreateTrialRequest(16)).has_value());
  v1::SessionRequest get_trial;
  *get_trial.mutable_get_trial() = OfSize<v1::GetTrialRequest>(16);
  get_trial.mutable_get_trial()->set_trial_number(1);
  CHECK(session.Ask(get_trial)->get_trial().has_trial());

  v1::SessionRequest create_arms;
  *create_arms.mutable_create_arms() = OfJob<v1::CreateArmsRequest>();
  create_arms.mutable_create_arms()->add_arms()->set_batch_size(16);
  REQUIRE(session.Ask(create_arms).has_value());
  v1::SessionRequest get_arms;
  *get_arms.mutable_get_arms() = OfJob<v1::GetArmsRequest>();
  CHECK(session.Ask(get_arms)->get_arms().arms_size() == 1);
}

TEST_CASE("A change whose job, trial or arm was not fetched in the session is refused") {
  RpcFixture fixture;
  fixture.RegisterJob();
  const v1::Trial trial = fixture.StartTrial();
  v1::SessionRequest update_trial;
  *update_trial.mutable_update_trial() = OfTrial<v1::UpdateTrialRequest>(trial);
  update_trial.mutable_update_trial()->set_status(v1::TRIAL_STATUS_FAILED);
  v1::SessionRequest update_arm;
  update_arm.mutable_update_arm_state()->set_trial_number(trial.trial_number());
  update_arm.mutable_update_arm_state()->mutable_arm()->set_job_id("job");
  update_arm.mutable_update_arm_state()->mutable_arm()->set_batch_size(trial.batch_size());

  WireSession nothing_fetched(fixture.client());
  CHECK_FALSE(nothing_fetched.Ask(CreateTrialRequest(16)).has_value());
  CHECK(nothing_fetched.Finish().reason() == "JOB_NOT_FETCHED");

  WireSession job_fetched(fixture.client());
  REQUIRE(job_fetched.Ask(GetJobRequest()).has_value());
  CHECK_FALSE(job_fetched.Ask(update_trial).has_value());
  const auto refusal = job_fetched.Finish();
  CHECK(refusal.code() == grpc::StatusCode::FAILED_PRECONDITION);
  CHECK(refusal.reason() == "TRIAL_NOT_FETCHED");

  v1::SessionRequest get_job = GetJobRequest();
  v1::SessionRequest create_mab = CreateTrialRequest(16);
  create_mab.mutable_create_trial()->set_type(v1::TRIAL_TYPE_MAB);
  WireSession trial_fetched(fixture.client());
  REQUIRE(trial_fetched.Ask(get_job).has_value());
  const v1::Trial mab = trial_fetched.Ask(create_mab)->create_trial().trial();
  update_arm.mutable_update_arm_state()->set_trial_number(mab.trial_number());
  update_arm.mutable_update_arm_state()->mutable_arm()->set_batch_size(mab.batch_size());
  CHECK_FALSE(trial_fetched.Ask(update_arm).has_value());
  CHECK(trial_fetched.Finish().reason() == "ARM_NOT_FETCHED");
}

TEST_CASE("A session that ends without a commit leaves nothing behind") {
  RpcFixture fixture;
  fixture.RegisterJob();
  {
    WireSession ended(fixture.client());
    REQUIRE(ended.Ask(GetJobRequest()).has_value());
    REQUIRE(ended.Ask(CreateTrialRequest(16)).has_value());
    CHECK(ended.Finish().ok());
  }
  {
    WireSession cancelled(fixture.client());
    REQUIRE(cancelled.Ask(GetJobRequest()).has_value());
    REQUIRE(cancelled.Ask(CreateTrialRequest(16)).has_value());
    cancelled.Cancel();
    CHECK(cancelled.Finish().code() == grpc::StatusCode::CANCELLED);
  }
  {
    WireSession failed(fixture.client());
    REQUIRE(failed.Ask(GetJobRequest()).has_value());
    REQUIRE(failed.Ask(CreateTrialRequest(16)).has_value());
    CHECK_FALSE(failed.Ask(CreateTrialRequest(17)).has_value());
    CHECK(failed.Finish().reason() == "BATCH_SIZE_NOT_IN_JOB");
  }
  {
    WireSession late(fixture.client(), std::chrono::milliseconds(300));
    REQUIRE(late.Ask(GetJobRequest()).has_value());
    REQUIRE(late.Ask(CreateTrialRequest(16)).has_value());
    CHECK_FALSE(late.Read().has_value());
    CHECK(late.Finish().code() == grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  CHECK(NumTrials(fixture) == 0);
}

TEST_CASE("A commit that lost a race is aborted and changes nothing") {
  RpcFixture fixture;
  fixture.RegisterJob();
  WireSession session(fixture.client());
  REQUIRE(session.Ask(GetJobRequest()).has_value());
  REQUIRE(session.Ask(CreateTrialRequest(16)).has_value());
  const v1::Trial other = fixture.StartTrial();
  CHECK_FALSE(session.Ask(CommitRequest()).has_value());
  const auto lost = session.Finish();
  CHECK(lost.code() == grpc::StatusCode::ABORTED);
  CHECK(lost.reason() == "LOST_RACE");
  const auto trials = Answer(fixture.Call(Optimizer::ListTrials, OfJob<v1::ListTrialsRequest>())).trials();
  REQUIRE(trials.size() == 1);
  CHECK(trials[0].batch_size() == other.batch_size());
}

TEST_CASE("A change of one job that follows from another loses when the other has changed") {
  RpcFixture fixture;
  fixture.RegisterJob("job");
  fixture.RegisterJob("other");
  WireSession session(fixture.client());
  REQUIRE(session.Ask(GetJobRequest("other")).has_value());
  REQUIRE(session.Ask(GetJobRequest("job")).has_value());
  REQUIRE(session.Ask(CreateTrialRequest(16)).has_value());
  fixture.StartTrial("other");
  CHECK_FALSE(session.Ask(CommitRequest()).has_value());
  CHECK(session.Finish().reason() == "LOST_RACE");
  CHECK(NumTrials(fixture) == 0);
}

TEST_CASE("A request that is malformed or unset ends the session and names the field") {
  RpcFixture fixture;
  WireSession malformed(fixture.client());
  CHECK_FALSE(malformed.Ask(GetJobRequest("")).has_value());
  CHECK(malformed.Finish().fields() == std::vector<std::string>{"job_id"});
  WireSession unset(fixture.client());
  CHECK_FALSE(unset.Ask(v1::SessionRequest()).has_value());
  CHECK(unset.Finish().fields() == std::vector<std::string>{"request"});
}

TEST_CASE("No more sessions are open than may be, and each that ends makes room") {
  testing::TestServer server({.sessions = {.max_sessions = 2}});
  WireSession first(server.client());
  REQUIRE(first.Ask(GetJobRequest()).has_value());
  auto second = std::make_unique<WireSession>(server.client());
  REQUIRE(second->Ask(GetJobRequest()).has_value());
  WireSession third(server.client());
  CHECK_FALSE(third.Ask(GetJobRequest()).has_value());
  const auto refusal = third.Finish();
  CHECK(refusal.code() == grpc::StatusCode::RESOURCE_EXHAUSTED);
  CHECK(refusal.reason() == "TOO_MANY_SESSIONS");

  CHECK(second->Finish().ok());
  // The server may count the session out a moment after its client knows of the end.
  std::string reason = "TOO_MANY_SESSIONS";
  while (reason == "TOO_MANY_SESSIONS") {
    WireSession fourth(server.client());
    if (fourth.Ask(GetJobRequest()).has_value()) break;
    reason = fourth.Finish().reason();
  }
  CHECK(reason == "TOO_MANY_SESSIONS");
}

TEST_CASE("A session that is open for too long ends and leaves nothing behind") {
  testing::TestServer server({.sessions = {.timeout = absl::Milliseconds(200)}});
  WireSession session(server.client());
  REQUIRE(session.Ask(GetJobRequest()).has_value());
  CHECK_FALSE(session.Read().has_value());
  const auto ended = session.Finish();
  CHECK(ended.code() == grpc::StatusCode::ABORTED);
  CHECK(ended.reason() == "SESSION_TIMEOUT");
}

TEST_CASE("Every method can be called in a session") {
  RpcFixture fixture;
  const auto* const descriptor = v1::SessionRequest::descriptor()->oneof_decl(0);
  const auto* const responses = v1::SessionResponse::descriptor();
  REQUIRE(descriptor->field_count() == 18);
  for (int i = 0; i < descriptor->field_count(); ++i) {
    CHECK(responses->FindFieldByName(descriptor->field(i)->name()) != nullptr);
    v1::SessionRequest request;
    // Empty, so that all but commit are refused at the door: by the check of that very request.
    request.GetReflection()->MutableMessage(&request, descriptor->field(i));
    WireSession session(fixture.client());
    const bool answered = session.Ask(request).has_value();
    const auto end = session.Finish();
    INFO(descriptor->field(i)->name());
    CHECK(answered == request.has_commit());
    if (!request.has_commit()) {
      CHECK_FALSE(end.fields().empty());
      CHECK(end.fields() != std::vector<std::string>{"request"});
    }
  }
}

TEST_CASE("A session that has reserved its job wins every race, for a second") {
  RpcFixture fixture;
  fixture.RegisterJob();
  WireSession session(fixture.client());
  v1::SessionRequest first = GetJobRequest();
  first.add_reserve("job");
  REQUIRE(session.Ask(first)->get_job().has_job());
  // Whoever asks for a trial now waits; whoever reports one that goes on does not.
  std::thread starter([&] { fixture.StartTrial(); });
  const bool in_time = GENERATE(true, false);
  if (!in_time) {
    starter.join();
    CHECK(session.Ask(CreateTrialRequest(16))->create_trial().trial().trial_number() == 1);
    CHECK_FALSE(session.Ask(CommitRequest()).has_value());
    CHECK(session.Finish().reason() == "LOST_RACE");
    return;
  }
  CHECK(session.Ask(CreateTrialRequest(16))->create_trial().trial().trial_number() == 1);
  REQUIRE(session.Ask(CommitRequest())->has_commit());
  starter.join();
  CHECK(NumTrials(fixture) == 2);
}

TEST_CASE("Jobs are reserved with the first request, by so many sessions as may be") {
  RpcFixture fixture({.sessions = {.max_reservations = 1}});
  fixture.RegisterJob();
  v1::SessionRequest reserving = GetJobRequest();
  reserving.add_reserve("job");
  {
    WireSession late(fixture.client());
    CHECK(late.Ask(GetJobRequest()).has_value());
    CHECK_FALSE(late.Ask(reserving).has_value());
    CHECK(late.Finish().reason() == "INVALID_FIELD");
  }
  for (const bool too_many : {false, true}) {
    v1::SessionRequest wrong = GetJobRequest();
    for (int i = 0; i < (too_many ? 101 : 1); ++i) wrong.add_reserve(too_many ? "job" : "");
    WireSession session(fixture.client());
    CHECK_FALSE(session.Ask(wrong).has_value());
    CHECK(session.Finish().reason() == "INVALID_FIELD");
  }
  auto holder = std::make_unique<WireSession>(fixture.client());
  REQUIRE(holder->Ask(reserving).has_value());
  {
    WireSession other(fixture.client());
    CHECK_FALSE(other.Ask(reserving).has_value());
    CHECK(other.Finish().reason() == "TOO_MANY_RESERVATIONS");
  }
  // It ends with its session, however that ends.
  holder.reset();
  fixture.StartTrial();
  std::optional<v1::SessionResponse> answer;
  while (!answer.has_value()) answer = WireSession(fixture.client()).Ask(reserving);
}

}  // namespace zeus::bso::rpc
