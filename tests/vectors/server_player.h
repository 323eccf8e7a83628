// Plays recorded decisions of the curves policy through a server: each sequence is a job, each step the calls of a
// trainer. A job's cost is its energy.
//
// The API cannot express all that a recording may contain. Such a report is left out, as reports teach the policy
// nothing; any other such step ends its sequence. It cannot express:
//   - an early stop that the recording ignores: the server ends the trial there
//   - a first cost that the report of epoch 1 cannot have, or that the policy would stop at
//   - an end without an epoch: the server counts at least one
//   - a run that gives up where the policy stops it
//   - learn_from, machine_changed and profile
#ifndef ZEUS_BSO_TESTS_VECTORS_SERVER_PLAYER_H_
#define ZEUS_BSO_TESTS_VECTORS_SERVER_PLAYER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/rpc_client.h"
#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {

// Steps that show what a server knows (explain) are not counted.
struct ServerPlayResult {
  int64_t whole_sequences = 0;  // that were played to their end
  int64_t picks = 0;
  int64_t reports = 0;
  int64_t ends = 0;
  int64_t reports_left_out = 0;
  int64_t steps_not_reached = 0;
  // As in PlayResult.
  double largest_difference = 0;
  std::optional<std::string> difference;
};

enum class EarlyStops {
  kOn,
  // Jobs with disable_early_stop. They show no stops, but all picks and tickets, and express more of the ends.
  kOff,
};

ServerPlayResult PlayThroughServer(const std::vector<Sequence>& sequences, EarlyStops early_stops,
                                   testing::RpcClient& client);

}  // namespace zeus::bso::curves::vectors

#endif  // ZEUS_BSO_TESTS_VECTORS_SERVER_PLAYER_H_
