// Watching a job over connections that break.
#ifndef ZEUS_BSO_CLIENT_CPP_SRC_WATCH_H_
#define ZEUS_BSO_CLIENT_CPP_SRC_WATCH_H_

#include <stop_token>
#include <string_view>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/cpp/src/connection.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::client_internal {

struct WatchTimes {
  // Every stream has a deadline, or one whose server has vanished would wait for ever; then it is opened again,
  // unnoticed.
  absl::Duration stream_timeout = absl::Minutes(5);

  // A stream that lived so long had reached the server. Longer than connecting takes to fail: five seconds (channel.cc)
  // for each address of the server's name.
  absl::Duration connected = absl::Minutes(1);

  // The events of one commit come right after each other. When a stream breaks so soon after an event, some of its
  // commit may be missing.
  absl::Duration settled = absl::Seconds(1);
};

// As Client::WatchJob.
absl::Status Watch(Connection& connection, std::string_view job_id, absl::FunctionRef<bool(const v1::JobEvent&)> each,
                   const std::stop_token& stop, const WatchTimes& times = {});

}  // namespace zeus::bso::client_internal

#endif  // ZEUS_BSO_CLIENT_CPP_SRC_WATCH_H_
