// ExportJob and ImportJob with the Connect protocol.
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "catch2/catch.hpp"
#include "nlohmann/json.hpp"
#include "tests/server/http/stream_fixture.h"

namespace zeus::bso::http {
namespace {

constexpr char kJobMessage[] = "{\"job_id\":\"job\"}";

// An import that is sent in parts.
class SentImport {
 public:
  SentImport(StreamFixture& fixture, Codec codec, const std::string& timeout_ms = "") {
    Request head = StreamRequest(kImportPath, codec, "");
    REQUIRE(ConnectStreams::TakesUpload(head));
    if (!timeout_ms.empty()) head.fields.Add("Connect-Timeout-Ms", timeout_ms);
    upload_ = fixture.streams().BeginUpload(head, response_.Responder());
  }

  // Sends a part, and waits until there may be more.
  void Send(const std::string& part) {
    absl::Notification taken;
    upload_->Take(part, [&] { taken.Notify(); });
    taken.WaitForNotification();
  }

  void SendWithoutWaiting(const std::string& part) {
    upload_->Take(part, [] {});
  }

  // Sends a part that ends the import.
  Response& SendLast(const std::string& part) {
    SendWithoutWaiting(part);
    return response_.Wait();
  }

  Response& Finish() {
    upload_->Finish();
    return response_.Wait();
  }

  Response& Wait() { return response_.Wait(); }

  Response& Drop() {
    upload_.reset();
    return response_.Wait();
  }

 private:
  AwaitedResponse response_;
  std::unique_ptr<Upload> upload_;
};

std::string EnvelopesOf(const std::vector<std::string>& messages) {
  std::string stream;
  for (const std::string& message : messages) stream += Envelope(message);
  return stream;
}

std::vector<std::string> ExportRecords(StreamFixture& fixture) {
  Response response = fixture.Handle(kExportPath, kJobMessage);
  const StreamContents contents = ReadStream(response);
  REQUIRE(contents.code().empty());
  return contents.messages;
}

}  // namespace

TEST_CASE("A job that is exported and deleted is imported again, whatever the size of the parts") {
  StreamFixture fixture;
  fixture.Register();
  fixture.Train(30);
  std::vector<std::string> records = ExportRecords(fixture);
  REQUIRE(records.size() > 30);
  for (const size_t part_size : {size_t{7}, size_t{1000}, size_t{1} << 20}) {
    fixture.Delete();
    REQUIRE_FALSE(fixture.HasJob());
    SentImport import(fixture, Codec::kJson);
    const std::string stream = EnvelopesOf(records);
    for (size_t begin = 0; begin < stream.size(); begin += part_size) import.Send(stream.substr(begin, part_size));
    Response& response = import.Finish();
    CHECK(response.status == 200);
    CHECK(response.fields.Find("content-type") == "application/connect+json");
    const StreamContents contents = ReadStream(response);
    CHECK(*contents.end == nlohmann::json::object());
    REQUIRE(contents.messages.size() == 1);
    CHECK(nlohmann::json::parse(contents.messages.front())["job"]["spec"]["jobId"] == "job");
    const std::vector<std::string> again = ExportRecords(fixture);
    // The job's own record names its registration.
    CHECK(std::vector<std::string>(again.begin() + 1, again.end()) ==
          std::vector<std::string>(records.begin() + 1, records.end()));
  }
}

TEST_CASE("A job of many records is exported in several parts, and imported in several") {
  StreamFixture fixture;
  fixture.Register();
  fixture.Train(3000);
  v1::ExportJobRequest request;
  request.set_job_id("job");
  Response exported = fixture.Handle(StreamRequest(kExportPath, Codec::kProto, Envelope(request.SerializeAsString())));
  std::string body;
  int num_parts = 0;
  while (const std::optional<std::string> part = NextPart(*exported.stream)) {
    body += *part;
    ++num_parts;
  }
  CHECK(num_parts > 5);
  const StreamContents contents = ReadEnvelopes(body);
  CHECK(contents.messages.size() > 3000);

  fixture.Delete();
  SentImport import(fixture, Codec::kProto);
  import.Send(EnvelopesOf(contents.messages));
  const StreamContents imported = ReadStream(import.Finish());
  CHECK(imported.code().empty());
  v1::ImportJobResponse response;
  REQUIRE(response.ParseFromString(imported.messages.front()));
  CHECK(response.job().spec().job_id() == "job");
}

TEST_CASE("An import that is dropped, or ends too early, leaves nothing and makes room for others") {
  StreamFixture fixture;
  fixture.Register();
  fixture.Train(10);
  const std::vector<std::string> records = ExportRecords(fixture);
  const std::string stream = EnvelopesOf(records);
  fixture.Delete();
  for (int i = 0; i < 3; ++i) {
    SentImport dropped(fixture, Codec::kJson);
    dropped.Send(stream);
    CHECK(ReadStream(dropped.Drop()).code() == "canceled");
    CHECK_FALSE(fixture.HasJob());
  }
  SentImport cut_off(fixture, Codec::kJson);
  cut_off.Send(stream.substr(0, stream.size() - 1));
  CHECK(ReadStream(cut_off.Finish()).code() == "invalid_argument");
  SentImport without_end(fixture, Codec::kJson);
  without_end.Send(EnvelopesOf({records.begin(), records.end() - 1}));
  CHECK(ReadStream(without_end.Finish()).code() == "invalid_argument");
  SentImport empty(fixture, Codec::kJson);
  CHECK(ReadStream(empty.Finish()).code() == "invalid_argument");
  CHECK_FALSE(fixture.HasJob());
}

TEST_CASE("An import can be dropped while a part of it is being written") {
  StreamFixture fixture;
  fixture.Register();
  fixture.Train(2000);
  const std::string stream = EnvelopesOf(ExportRecords(fixture));
  fixture.Delete();
  for (int i = 0; i < 10; ++i) {
    SentImport dropped(fixture, Codec::kJson);
    dropped.SendWithoutWaiting(stream);
    absl::SleepFor(absl::Milliseconds(10 * i));
    CHECK(ReadStream(dropped.Drop()).code() == "canceled");
    CHECK_FALSE(fixture.HasJob());
  }
  SentImport whole(fixture, Codec::kJson);
  whole.Send(stream);
  CHECK(ReadStream(whole.Finish()).code().empty());
}

TEST_CASE("Hostile bytes end an import with an error, and leave nothing") {
  StreamFixture fixture;
  for (const auto& [part, code] : std::vector<std::pair<std::string, std::string>>{
           {"no envelope", "invalid_argument"},
           {Envelope("no JSON"), "invalid_argument"},
           {Envelope("{\"job\":{\"spec\":{\"jobId\":\"\xff\"}}}"), "invalid_argument"},
           {Envelope("{\"unknown\":1}"), "invalid_argument"},
           {Envelope("{}"), "invalid_argument"},
           {std::string("\1\0\0\0\0", 5), "invalid_argument"},
           {std::string("\2\0\0\0\2{}", 7), "invalid_argument"},
           {std::string("\0\xff\xff\xff\xff", 5), "resource_exhausted"},
           {Envelope("{\"end\":{}}"), "invalid_argument"}}) {
    SentImport import(fixture, Codec::kJson);
    Response& response = import.SendLast(part);
    CHECK(response.status == 200);
    const StreamContents contents = ReadStream(response);
    CHECK(contents.code() == code);
    CHECK(contents.messages.empty());
  }
}

TEST_CASE("An import of a job that exists is refused") {
  StreamFixture fixture;
  fixture.Register();
  SentImport import(fixture, Codec::kJson);
  CHECK(ReadStream(import.SendLast(EnvelopesOf(ExportRecords(fixture)))).code() == "already_exists");
}

TEST_CASE("At most two imports at a time, and each has the time of a session") {
  StreamFixture fixture({.sessions = {.timeout = absl::Milliseconds(300)}});
  SentImport first(fixture, Codec::kJson);
  SentImport second(fixture, Codec::kJson);
  SentImport third(fixture, Codec::kJson);
  CHECK(ReadStream(third.Wait()).code() == "resource_exhausted");
  CHECK(ReadStream(first.Wait()).code() == "aborted");
  CHECK(ReadStream(second.Wait()).code() == "aborted");
  SentImport fourth(fixture, Codec::kJson);
  CHECK(ReadStream(fourth.Finish()).code() == "invalid_argument");
}

TEST_CASE("An import and an export end when the time is over that their caller waits") {
  StreamFixture fixture;
  fixture.Register();
  SentImport import(fixture, Codec::kJson, "100");
  CHECK(ReadStream(import.Wait()).code() == "deadline_exceeded");

  Request request = StreamRequest(kExportPath, Codec::kJson, Envelope(kJobMessage));
  request.fields.Add("Connect-Timeout-Ms", "200");
  Response exported = fixture.Handle(std::move(request));
  absl::SleepFor(absl::Milliseconds(400));
  CHECK(ReadStream(exported).code() == "deadline_exceeded");
}

TEST_CASE("Exports take places of sessions until they end or are dropped") {
  StreamFixture fixture({.sessions = {.max_sessions = 1}});
  fixture.Register();
  {
    const Response first = fixture.Handle(kExportPath, kJobMessage);
    Response second = fixture.Handle(kExportPath, kJobMessage);
    CHECK(ReadStream(second).code() == "resource_exhausted");
  }
  // The server frees the place a moment later.
  std::string code = "resource_exhausted";
  while (code == "resource_exhausted") {
    Response next = fixture.Handle(kExportPath, kJobMessage);
    code = ReadStream(next).code();
  }
  CHECK(code.empty());
  Response third = fixture.Handle(kExportPath, kJobMessage);
  CHECK(ReadStream(third).code().empty());
  Response missing = fixture.Handle(kExportPath, "{\"job_id\":\"missing\"}");
  CHECK(ReadStream(missing).code() == "not_found");
}

}  // namespace zeus::bso::http
