// The streams over HTTP, without sockets, over a store of their own.
#ifndef ZEUS_BSO_TESTS_SERVER_HTTP_STREAM_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_HTTP_STREAM_FIXTURE_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/notification.h"
#include "catch2/catch.hpp"
#include "nlohmann/json.hpp"
#include "server/http/connect/connect_streams.h"
#include "server/http/connect/envelope.h"
#include "tests/server/http/backend_fixture.h"
#include "tests/support/spec_messages.h"

namespace zeus::bso::http {

inline constexpr char kWatchPath[] = "/zeus.bso.v1.BatchSizeOptimizer/WatchJob";
inline constexpr char kExportPath[] = "/zeus.bso.v1.ZeusService/ExportJob";
inline constexpr char kImportPath[] = "/zeus.bso.v1.ZeusService/ImportJob";
inline constexpr char kSessionPath[] = "/zeus.bso.v1.ZeusService/Session";

// What a response stream sent: its messages, and the JSON of its end.
struct StreamContents {
  std::vector<std::string> messages;
  std::optional<nlohmann::json> end;

  // The code of the error at the end; empty: there is none.
  std::string code() const { return end->value("error", nlohmann::json::object()).value("code", ""); }
};

// Takes the envelopes of a response apart.
inline StreamContents ReadEnvelopes(absl::string_view stream) {
  StreamContents contents;
  while (!stream.empty()) {
    REQUIRE(stream.size() >= 5);
    REQUIRE_FALSE(contents.end.has_value());
    size_t bytes = 0;
    for (size_t i = 1; i < 5; ++i) bytes = bytes * 256 + static_cast<unsigned char>(stream[i]);
    const bool is_end = stream[0] == 2;
    REQUIRE(stream.size() >= 5 + bytes);
    const std::string message(stream.substr(5, bytes));
    stream.remove_prefix(5 + bytes);
    if (is_end) {
      contents.end = nlohmann::json::parse(message);
    } else {
      contents.messages.push_back(message);
    }
  }
  return contents;
}

// The next part of a body, if there is one.
inline std::optional<std::string> NextPart(BodyStream& stream) {
  std::optional<std::string> next;
  absl::Notification done;
  stream.Next([&](std::optional<std::string> part) {
    next = std::move(part);
    done.Notify();
  });
  done.WaitForNotification();
  return next;
}

// All that a response sends.
inline StreamContents ReadStream(Response& response) {
  std::string body = response.body;
  while (response.stream != nullptr) {
    const std::optional<std::string> part = NextPart(*response.stream);
    if (!part.has_value()) break;
    REQUIRE_FALSE(part->empty());
    body += *part;
  }
  StreamContents contents = ReadEnvelopes(body);
  REQUIRE(contents.end.has_value());
  return contents;
}

// A response that another thread gives.
class AwaitedResponse {
 public:
  Respond Responder() {
    return [this](Response response) {
      response_ = std::move(response);
      done_.Notify();
    };
  }

  bool has_come() const { return done_.HasBeenNotified(); }

  Response& Wait() {
    done_.WaitForNotification();
    return response_;
  }

 private:
  Response response_;
  absl::Notification done_;
};

inline Request StreamRequest(const std::string& path, Codec codec, std::string body) {
  Request request{.method = "POST", .path = path, .body = std::move(body)};
  request.fields.Add("Content-Type", codec == Codec::kJson ? "application/connect+json" : "application/connect+proto");
  return request;
}

class StreamFixture : public BackendFixture {
 public:
  struct Options {
    api::SessionLimits sessions = {};
    int max_watchers = 10;
    std::string roles = {};  // The text of the roles file; empty: there is none.
  };

  StreamFixture() : StreamFixture(Options()) {}
  explicit StreamFixture(const Options& options)
      : BackendFixture(options.roles, options.max_watchers), open_(options.sessions, calls()) {}

  ConnectStreams& streams() { return streams_; }

  Response Handle(Request request) {
    AwaitedResponse response;
    streams_.Handle(std::move(request), response.Responder());
    return std::move(response.Wait());
  }

  // The response to a request of one JSON message.
  Response Handle(const std::string& path, const std::string& json) {
    return Handle(StreamRequest(path, Codec::kJson, Envelope(json)));
  }

  Response Watch(const std::string& job_id = "job") {
    return Handle(kWatchPath, absl::StrCat("{\"job_id\":\"", job_id, "\"}"));
  }

  void Register(const std::string& job_id = "job", const Request& caller = {}) {
    v1::RegisterJobRequest request;
    *request.mutable_spec() = testing::MakeSpecMessage(job_id);
    v1::RegisterJobResponse response;
    REQUIRE(Call(&api::batch_size_optimizer::RegisterJob, request, response, caller).ok());
  }

  // Starts a trial and ends it, `num_trials` times.
  void Train(int num_trials) {
    for (int i = 0; i < num_trials; ++i) {
      v1::StartTrialRequest start;
      start.set_job_id("job");
      v1::StartTrialResponse started;
      REQUIRE(Call(&api::batch_size_optimizer::StartTrial, start, started).ok());
      v1::ReportResultRequest report;
      report.set_job_id("job");
      report.set_batch_size(started.trial().batch_size());
      report.set_trial_number(started.trial().trial_number());
      report.set_time_seconds(1);
      report.set_energy_joules(100 + i % 7);
      report.set_metric(0.9);
      report.set_current_epoch(1);
      v1::ReportResultResponse reported;
      REQUIRE(Call(&api::batch_size_optimizer::ReportResult, report, reported).ok());
    }
  }

  void Delete(const std::string& job_id = "job") {
    v1::DeleteJobRequest request;
    request.set_job_id(job_id);
    v1::DeleteJobResponse response;
    REQUIRE(Call(&api::batch_size_optimizer::DeleteJob, request, response).ok());
  }

  bool HasJob(const std::string& job_id = "job") {
    v1::GetJobRequest request;
    request.set_job_id(job_id);
    v1::GetJobResponse response;
    REQUIRE(Call(&api::zeus_service::GetJob, request, response).ok());
    return response.has_job();
  }

 private:
  api::OpenSessions open_;
  Workers workers_{2};
  ConnectStreams streams_{backend(), open_, workers_};
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_TESTS_SERVER_HTTP_STREAM_FIXTURE_H_
