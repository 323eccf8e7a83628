// The response to WatchJob.
#ifndef ZEUS_BSO_SERVER_HTTP_CONNECT_WATCH_BODY_H_
#define ZEUS_BSO_SERVER_HTTP_CONNECT_WATCH_BODY_H_

#include <atomic>
#include <memory>
#include <utility>

#include "absl/status/statusor.h"
#include "server/api/streams/job_watch.h"
#include "server/http/connect/codec.h"
#include "server/http/connect/deadlines.h"
#include "server/http/exchange/message.h"
#include "server/http/exchange/workers.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::http {

// Each part is one event. The last part also has the end of the stream. Dropping the body ends the watch.
class WatchBody final : public BodyStream {
 public:
  // The body keeps `timer`, which may be null, as long as it lives. `workers` outlive the body.
  WatchBody(std::shared_ptr<api::JobWatch> watch, std::unique_ptr<Deadlines::Timer> timer, Codec codec,
            Workers& workers);
  ~WatchBody() override;

  void Next(OnPart on_part) override;

 private:
  // Work in progress shares this with the body, and may outlive the body.
  struct State {
    State(std::shared_ptr<api::JobWatch> the_watch, Codec the_codec, Workers& the_workers)
        : watch(std::move(the_watch)), codec(the_codec), workers(the_workers) {}

    const std::shared_ptr<api::JobWatch> watch;
    const Codec codec;
    Workers& workers;
    std::atomic<bool> is_whole = false;  // The last part is made.
  };

  static void Ask(const std::shared_ptr<State>& state, OnPart on_part);
  static void Answer(State& state, const absl::StatusOr<v1::JobEvent>& event, OnPart on_part);

  const std::shared_ptr<State> state_;
  const std::unique_ptr<Deadlines::Timer> timer_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_CONNECT_WATCH_BODY_H_
