// Plays recorded decisions of the curves policy through a server (job_player.h). The sequences that the API cannot
// express are played up to there.
#ifndef ZEUS_BSO_TESTS_VECTORS_SERVER_PLAYER_H_
#define ZEUS_BSO_TESTS_VECTORS_SERVER_PLAYER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "tests/support/rpc_client.h"
#include "tests/vectors/recording.h"

namespace zeus::bso::curves::vectors {

struct ServerPlayResult {
  int64_t whole_sequences = 0;  // that were played to their end
  // The numbers of the others, from 1, by why the API cannot express them (obstacles.h).
  std::map<std::string, std::vector<size_t>> cut_sequences;
  int64_t picks = 0;
  int64_t reports = 0;
  int64_t ends = 0;
  int64_t profiles = 0;
  int64_t explanations = 0;
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
