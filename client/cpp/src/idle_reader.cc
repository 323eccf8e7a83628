#include "client/cpp/src/idle_reader.h"

#include <chrono>
#include <stop_token>

namespace zeus::bso::client_internal {
namespace {

// A wait cannot be cancelled, and the end of the reader waits for it.
constexpr std::chrono::milliseconds kWait(100);

}  // namespace

IdleReader::IdleReader(const std::shared_ptr<grpc::Channel>& channel)
    : thread_([channel](const std::stop_token& stop) {
        while (!stop.stop_requested()) {
          // Whoever waits for a change of state reads the connection meanwhile.
          channel->WaitForStateChange(channel->GetState(/*try_to_connect=*/false),
                                      std::chrono::system_clock::now() + kWait);
        }
      }) {}

}  // namespace zeus::bso::client_internal
