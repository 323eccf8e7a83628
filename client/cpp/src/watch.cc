#include "client/cpp/src/watch.h"

#include <memory>
#include <optional>
#include <string>

#include "absl/cleanup/cleanup.h"
#include "client/cpp/src/cancellation.h"
#include "client/cpp/src/status.h"
#include "client/cpp/src/stopwatch.h"
#include "grpcpp/support/sync_stream.h"

namespace zeus::bso::client_internal {
namespace {

// What WatchJobRequest.seen is to say.
class Seen {
 public:
  explicit Seen(absl::Duration settled) : settled_(settled) {}

  void Add(const v1::JobEvent& event) {
    last_.emplace();
    last_->set_job_uid(event.job_uid());
    last_->set_revision(event.revision());
    is_last_ = event.has_present_state() || event.has_trial_reported() || event.has_summary_changed();
    since_last_ = Stopwatch();
  }

  void Fill(v1::WatchJobRequest& request) const {
    if (!last_.has_value()) return;
    *request.mutable_seen() = *last_;
    // A state is all of its revision, and a report or a summary comes after all of it. Another event that has just come
    // may not be the last of its revision: then the one before is named, if there is one, and the present state
    // answers.
    if (is_last_ || since_last_.elapsed() > settled_) return;
    request.mutable_seen()->set_revision(last_->revision() - 1);
    if (last_->revision() == 1) request.clear_seen();
  }

 private:
  const absl::Duration settled_;
  std::optional<v1::SeenRevision> last_;
  bool is_last_ = false;
  Stopwatch since_last_;
};

// How long the server has been out of reach.
class Outage {
 public:
  Outage(const RetryPolicy& policy, absl::Duration connected) : policy_(policy), connected_(connected) {}

  void End() { attempts_ = 0; }

  // After a stream broke: waits until it is time for another. False: give up, or cancelled.
  bool Wait(Cancellation& cancellation) {
    if (since_attempt_.elapsed() > connected_) End();
    if (attempts_ == 0) since_start_ = Stopwatch();
    const absl::Duration backoff = Backoff(policy_, ++attempts_);
    if (since_start_.elapsed() + backoff > policy_.total || !cancellation.SleepFor(backoff)) return false;
    since_attempt_ = Stopwatch();
    return true;
  }

 private:
  const RetryPolicy policy_;
  const absl::Duration connected_;
  int attempts_ = 0;
  Stopwatch since_start_;
  Stopwatch since_attempt_;
};

class Watcher {
 public:
  Watcher(Connection& connection, std::string_view job_id, absl::FunctionRef<bool(const v1::JobEvent&)> each,
          Cancellation& cancellation, const WatchTimes& times)
      : connection_(connection),
        job_id_(job_id),
        each_(each),
        cancellation_(cancellation),
        stream_timeout_(times.stream_timeout),
        seen_(times.settled),
        outage_(connection.options().retry, times.connected) {}

  absl::Status Run() {
    while (true) {
      absl::Status status = RunStream();
      if (over_) return absl::OkStatus();
      if (status.code() == absl::StatusCode::kDeadlineExceeded) {
        outage_.End();  // Our own, after a long time: open it again at once.
        continue;
      }
      if (!MayRepeat(status.code(), Repeatable::kOutcomeUnknown) || !outage_.Wait(cancellation_)) return status;
    }
  }

 private:
  // Watches until the stream ends, or there is no more to watch.
  absl::Status RunStream() {
    v1::WatchJobRequest request;
    request.set_job_id(job_id_);
    seen_.Fill(request);
    grpc::ClientContext context;
    connection_.Prepare(context, stream_timeout_);
    const Cancellation::Scope scope(cancellation_, context);
    const auto stream = connection_.optimizer().WatchJob(&context, request);
    absl::Cleanup leave = [&] {  // Early, perhaps by an exception.
      context.TryCancel();
      stream->Finish();
    };
    v1::JobEvent event;
    while (!over_ && stream->Read(&event)) Take(event);
    if (over_) return absl::OkStatus();
    std::move(leave).Cancel();
    absl::Status status = FromGrpcStatus(stream->Finish());
    return status.ok() ? absl::UnavailableError("the server ended the stream") : status;
  }

  void Take(const v1::JobEvent& event) {
    outage_.End();
    seen_.Add(event);
    if (event.event_case() == v1::JobEvent::EVENT_NOT_SET) return;  // One that only a later client knows.
    over_ = cancellation_.cancelled() || !each_(event) || event.has_job_deleted();
  }

  Connection& connection_;
  const std::string job_id_;
  const absl::FunctionRef<bool(const v1::JobEvent&)> each_;
  Cancellation& cancellation_;
  const absl::Duration stream_timeout_;
  Seen seen_;
  Outage outage_;
  bool over_ = false;
};

}  // namespace

absl::Status Watch(Connection& connection, std::string_view job_id, absl::FunctionRef<bool(const v1::JobEvent&)> each,
                   const std::stop_token& stop, const WatchTimes& times) {
  Cancellation cancellation(connection.closed(), stop);
  absl::Status status = Watcher(connection, job_id, each, cancellation, times).Run();
  if (stop.stop_requested()) return absl::OkStatus();
  if (connection.closed().stop_requested()) return absl::CancelledError("the client is closed");
  return status;
}

}  // namespace zeus::bso::client_internal
