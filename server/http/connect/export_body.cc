#include "server/http/connect/export_body.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "server/http/connect/stream_response.h"
#include "zeus/bso/v1/zeus_service.pb.h"

namespace zeus::bso::http {
namespace {

// A part ends with the record that fills it. Most records have some hundred bytes.
constexpr size_t kPartBytes = size_t{32} << 10;

}  // namespace

ExportBody::ExportBody(std::shared_ptr<api::ExportStream> stream, std::unique_ptr<Deadlines::Timer> timer, Codec codec,
                       Workers& workers)
    : state_(std::make_shared<State>(std::move(stream), codec)), timer_(std::move(timer)), workers_(workers) {}

ExportBody::~ExportBody() {
  // Stop waits for a part that is being made.
  workers_.Do([stream = state_->stream] { stream->Stop(); });
}

void ExportBody::Next(OnPart on_part) {
  if (state_->is_whole) return std::move(on_part)(std::nullopt);
  workers_.Do([state = state_, on_part = std::move(on_part)]() mutable { std::move(on_part)(MakePart(*state)); });
}

std::string ExportBody::MakePart(State& state) {
  std::string part;
  v1::JobRecord record;
  while (part.size() < kPartBytes && !state.is_whole) {
    absl::Status status = state.stream->Next(record);
    if (status.ok()) status = AppendMessage(state.codec, record, part);
    state.is_whole = !status.ok() || record.has_end();
    if (state.is_whole) absl::StrAppend(&part, EndOfStream(status));
  }
  return part;
}

}  // namespace zeus::bso::http
