// WatchJob with the Connect protocol.
#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "absl/synchronization/notification.h"
#include "catch2/catch.hpp"
#include "nlohmann/json.hpp"
#include "tests/server/http/stream_fixture.h"

namespace zeus::bso::http {
namespace {

// The next event as JSON; there must be one, and nothing else with it.
nlohmann::json NextEvent(BodyStream& stream) {
  const std::optional<std::string> part = NextPart(stream);
  REQUIRE(part.has_value());
  const StreamContents contents = ReadEnvelopes(*part);
  REQUIRE(contents.messages.size() == 1);
  REQUIRE_FALSE(contents.end.has_value());
  return nlohmann::json::parse(contents.messages.front());
}

}  // namespace

TEST_CASE("A stream shows the present state, then each change, and ends when the job is deleted") {
  StreamFixture fixture;
  fixture.Register();
  Response response = fixture.Watch();
  CHECK(response.status == 200);
  CHECK(response.fields.Find("content-type") == "application/connect+json");
  REQUIRE(response.stream != nullptr);
  const nlohmann::json state = NextEvent(*response.stream);
  CHECK(state["presentState"]["job"]["spec"]["jobId"] == "job");
  CHECK(state["revision"] == "1");

  fixture.Train(1);
  CHECK(NextEvent(*response.stream).contains("trialStarted"));
  CHECK(NextEvent(*response.stream).contains("trialEnded"));

  fixture.Delete();
  const StreamContents rest = ReadStream(response);
  REQUIRE(rest.messages.size() == 1);
  CHECK(nlohmann::json::parse(rest.messages.front()).contains("jobDeleted"));
  CHECK(*rest.end == nlohmann::json::object());
}

TEST_CASE("A stream that waits is sent a change when it comes") {
  StreamFixture fixture;
  fixture.Register();
  Response response = fixture.Watch();
  NextEvent(*response.stream);
  absl::Notification done;
  std::optional<std::string> next;
  response.stream->Next([&](std::optional<std::string> part) {
    next = std::move(part);
    done.Notify();
  });
  CHECK_FALSE(done.HasBeenNotified());
  fixture.Train(1);
  done.WaitForNotification();
  CHECK(ReadEnvelopes(*next).messages.front().find("trialStarted") != std::string::npos);
}

TEST_CASE("Events come as protobuf, too") {
  StreamFixture fixture;
  fixture.Register();
  v1::WatchJobRequest request;
  request.set_job_id("job");
  Response response = fixture.Handle(StreamRequest(kWatchPath, Codec::kProto, Envelope(request.SerializeAsString())));
  CHECK(response.fields.Find("content-type") == "application/connect+proto");
  const StreamContents contents = ReadEnvelopes(*NextPart(*response.stream));
  v1::JobEvent event;
  REQUIRE(event.ParseFromString(contents.messages.front()));
  CHECK(event.present_state().job().spec().job_id() == "job");
}

TEST_CASE("A stream that is dropped makes room for another, whether it waits or not") {
  StreamFixture fixture({.max_watchers = 1});
  fixture.Register();
  for (const bool waits : {false, true}) {
    absl::Notification answered;
    {
      Response first = fixture.Watch();
      NextEvent(*first.stream);
      Response second = fixture.Watch();
      CHECK(ReadStream(second).code() == "resource_exhausted");
      if (waits) {
        first.stream->Next([&](const std::optional<std::string>&) { answered.Notify(); });
      }
    }
    // What was asked for is answered, so that nothing waits for ever.
    if (waits) answered.WaitForNotification();
  }
  Response third = fixture.Watch();
  CHECK(NextEvent(*third.stream).contains("presentState"));
}

TEST_CASE("Streams can be dropped at any time while the job changes") {
  StreamFixture fixture({.max_watchers = 2});
  fixture.Register();
  std::atomic<bool> stops = false;
  std::atomic<int> num_unanswered = 0;
  std::thread trainer([&] {
    while (!stops) fixture.Train(1);
  });
  bool all_began = true;
  for (int i = 0; i < 100; ++i) {
    Response response = fixture.Watch();
    for (int j = 0; j < i % 4; ++j) {
      const std::optional<std::string> part = NextPart(*response.stream);
      all_began = all_began && part.has_value() && part->front() == 0;
    }
    ++num_unanswered;
    response.stream->Next([&](const std::optional<std::string>&) { --num_unanswered; });
  }
  stops = true;
  trainer.join();
  while (num_unanswered > 0) std::this_thread::yield();
  CHECK(all_began);
}

TEST_CASE("The server's end ends a stream") {
  StreamFixture fixture;
  fixture.Register();
  Response response = fixture.Watch();
  NextEvent(*response.stream);
  fixture.hub().Drain();
  CHECK(ReadStream(response).code() == "unavailable");
  CHECK_FALSE(NextPart(*response.stream).has_value());
}

TEST_CASE("A stream ends when the time is over that its caller waits") {
  StreamFixture fixture;
  fixture.Register();
  Request request = StreamRequest(kWatchPath, Codec::kJson, Envelope("{\"job_id\":\"job\"}"));
  request.fields.Add("Connect-Timeout-Ms", "200");
  Response response = fixture.Handle(std::move(request));
  CHECK(ReadStream(response).code() == "deadline_exceeded");
}

TEST_CASE("A job that does not exist cannot be watched, nor one without a name") {
  StreamFixture fixture;
  Response missing = fixture.Watch();
  CHECK(missing.status == 200);
  const StreamContents contents = ReadStream(missing);
  CHECK(contents.code() == "not_found");
  CHECK((*contents.end)["error"]["details"][0]["type"] == "google.rpc.ErrorInfo");
  Response unnamed = fixture.Watch("");
  CHECK(ReadStream(unnamed).code() == "invalid_argument");
}

}  // namespace zeus::bso::http
