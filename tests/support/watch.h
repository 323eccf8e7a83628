// BatchSizeOptimizer.WatchJob as a client sees it.
#ifndef ZEUS_BSO_TESTS_SUPPORT_WATCH_H_
#define ZEUS_BSO_TESTS_SUPPORT_WATCH_H_

#include <memory>
#include <optional>
#include <string>

#include "catch2/catch.hpp"
#include "tests/support/rpc_client.h"

namespace zeus::bso::testing {

class Watch {
 public:
  explicit Watch(RpcClient& client, std::optional<v1::JobEvent> last_seen = std::nullopt,
                 const std::string& job_id = "job")
      : Watch(client.channel(), last_seen, job_id) {}

  Watch(const std::shared_ptr<grpc::Channel>& channel, const std::optional<v1::JobEvent>& last_seen,
        const std::string& job_id);

  // Cancels the stream.
  ~Watch();

  void Cancel();

  // The next event, unless the stream has ended. Without those of summaries, which come at any time.
  std::optional<v1::JobEvent> TryNext();

  // The next event; there must be one.
  v1::JobEvent Next() {
    const std::optional<v1::JobEvent> event = TryNext();
    REQUIRE(event.has_value());
    return *event;
  }

  // The next summary, whatever else comes before it.
  v1::JobSummary NextSummary() {
    std::optional<v1::JobEvent> event = Read();
    while (event.has_value() && !event->has_summary_changed()) event = Read();
    REQUIRE(event.has_value());
    return event->summary_changed();
  }

  // How the stream ended, after all events were read.
  grpc::Status Finish();

  // The same; the stream must have ended.
  Reply<v1::JobEvent> End() {
    REQUIRE_FALSE(TryNext().has_value());
    return {Finish(), {}};
  }

 private:
  struct Stream;

  // The next event of any kind, unless the stream has ended.
  std::optional<v1::JobEvent> Read();

  std::unique_ptr<Stream> stream_;
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_SUPPORT_WATCH_H_
