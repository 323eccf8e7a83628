#include "server/http/connect/watch_body.h"

#include <string>
#include <utility>

#include "server/http/connect/stream_response.h"

namespace zeus::bso::http {

WatchBody::WatchBody(std::shared_ptr<api::JobWatch> watch, std::unique_ptr<Deadlines::Timer> timer, Codec codec,
                     Workers& workers)
    : state_(std::make_shared<State>(std::move(watch), codec, workers)), timer_(std::move(timer)) {}

WatchBody::~WatchBody() { state_->watch->Stop(); }

void WatchBody::Next(OnPart on_part) {
  if (state_->is_whole) return std::move(on_part)(std::nullopt);
  // The watch may read the job from the disk.
  state_->workers.Do([state = state_, on_part = std::move(on_part)]() mutable { Ask(state, std::move(on_part)); });
}

void WatchBody::Ask(const std::shared_ptr<State>& state, OnPart on_part) {
  state->watch->Next([state, on_part = std::move(on_part)](absl::StatusOr<v1::JobEvent> event) mutable {
    // The committer's thread may call this. It must not wait for JSON.
    state->workers.Do([state, event = std::move(event), on_part = std::move(on_part)]() mutable {
      Answer(*state, event, std::move(on_part));
    });
  });
}

void WatchBody::Answer(State& state, const absl::StatusOr<v1::JobEvent>& event, OnPart on_part) {
  std::string part;
  absl::Status status = event.status();
  if (status.ok()) status = AppendMessage(state.codec, *event, part);
  state.is_whole = !status.ok() || event->has_job_deleted();
  if (state.is_whole) part += EndOfStream(status);
  std::move(on_part)(std::move(part));
}

}  // namespace zeus::bso::http
