#include "server/http/connect/import_upload.h"

#include <optional>
#include <utility>

#include "model/error.h"
#include "server/http/connect/envelope.h"
#include "server/http/connect/stream_response.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::http {
namespace {

Response MakeResponse(Codec codec, const absl::StatusOr<v1::ImportJobResponse>& outcome) {
  if (!outcome.ok()) return EndOnly(codec, outcome.status());
  Response response = StreamResponse(codec);
  const absl::Status printed = AppendMessage(codec, *outcome, response.body);
  response.body += EndOfStream(printed);
  return response;
}

api::ImportStream::OnEnd RespondOn(Workers& workers, Codec codec, Respond respond) {
  return [&workers, codec, respond = std::move(respond)](absl::StatusOr<v1::ImportJobResponse> outcome) mutable {
    // The committer's thread may call this. It must not wait for JSON.
    workers.Do([codec, respond = std::move(respond), outcome = std::move(outcome)]() mutable {
      std::move(respond)(MakeResponse(codec, outcome));
    });
  };
}

}  // namespace

// Finds the records in the parts and passes them on. One thread of the workers at a time calls it.
class ImportUpload::Records : public std::enable_shared_from_this<Records> {
 public:
  Records(std::shared_ptr<api::ImportStream> stream, Codec codec, Workers& workers)
      : stream_(std::move(stream)), codec_(codec), workers_(workers) {}

  void Take(std::string part, OnTaken on_taken) {
    decoder_.Add(std::move(part));
    TakeRecords(std::make_shared<OnTaken>(std::move(on_taken)));
  }

  void Finish() {
    if (const absl::Status status = decoder_.CheckEnd(); !status.ok()) return stream_->Stop(status);
    stream_->Finish();
  }

 private:
  // Passes on all records that the part completes. Calls `on_taken` after the last one, or drops it if the import ends.
  void TakeRecords(const std::shared_ptr<OnTaken>& on_taken) {
    while (true) {
      const absl::StatusOr<std::optional<std::string>> message = decoder_.Next();
      if (!message.ok()) return stream_->Stop(message.status());
      if (!message->has_value()) return std::move(*on_taken)();
      v1::JobRecord record;
      if (const absl::Status status = ParseMessage(codec_, **message, record); !status.ok()) {
        return stream_->Stop(status);
      }
      if (!stream_->Take(record, [self = shared_from_this(), on_taken] { self->TakeMore(on_taken); })) return;
    }
  }

  // Goes on after the store has written a part of the job.
  void TakeMore(const std::shared_ptr<OnTaken>& on_taken) {
    workers_.Do([self = shared_from_this(), on_taken] { self->TakeRecords(on_taken); });
  }

  const std::shared_ptr<api::ImportStream> stream_;
  const Codec codec_;
  Workers& workers_;
  EnvelopeDecoder decoder_;
};

ImportUpload::ImportUpload(const api::ImportStream::Parts& parts, const absl::StatusOr<api::Permissions>& admitted,
                           api::CallRecord record, Codec codec, absl::Duration timeout, Workers& workers,
                           Deadlines& deadlines, Respond respond)
    : workers_(workers),
      stream_(
          api::ImportStream::Start(parts, admitted, std::move(record), RespondOn(workers, codec, std::move(respond)))),
      records_(std::make_shared<Records>(stream_, codec, workers)),
      timer_(StopAfter(deadlines, timeout, stream_)) {}

ImportUpload::~ImportUpload() {
  if (finished_) return;
  // Stop waits for a record that is being taken.
  workers_.Do(
      [stream = stream_] { stream->Stop(MakeError(Reason::kClientGone, "the caller has gone; nothing was changed")); });
}

void ImportUpload::Take(std::string part, OnTaken on_taken) {
  workers_.Do([records = records_, part = std::move(part), on_taken = std::move(on_taken)]() mutable {
    records->Take(std::move(part), std::move(on_taken));
  });
}

void ImportUpload::Finish() {
  finished_ = true;
  workers_.Do([records = records_] { records->Finish(); });
}

}  // namespace zeus::bso::http
