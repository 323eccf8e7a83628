#include "tests/vectors/server_player.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "tests/vectors/comparison.h"
#include "tests/vectors/job_player.h"

namespace zeus::bso::curves::vectors {

ServerPlayResult PlayThroughServer(const std::vector<Sequence>& sequences, EarlyStops early_stops,
                                   testing::RpcClient& client) {
  ServerPlayResult result;
  Comparison comparison;
  std::vector<PlayedJob> jobs;
  for (const Sequence& sequence : sequences) {
    const size_t number = jobs.size() + 1;
    JobPlayer player(sequence, early_stops, jobs, client, comparison, result);
    absl::string_view obstacle;
    size_t step = 0;
    for (; step < sequence.steps.size() && obstacle.empty(); ++step) {
      obstacle = std::visit(player, sequence.steps[step]);
      if (!comparison.difference()) continue;
      result.difference =
          absl::StrCat("sequence ", number, " (", sequence.name, "), step ", step + 1, ", ", *comparison.difference());
      return result;
    }
    if (!obstacle.empty()) --step;
    jobs.push_back(player.Ended(/*whole=*/obstacle.empty()));
    result.whole_sequences += obstacle.empty();
    if (!obstacle.empty()) result.cut_sequences[std::string(obstacle)].push_back(number);
    result.steps_not_reached += static_cast<int64_t>(sequence.steps.size() - step);
    result.largest_difference = comparison.largest();
  }
  return result;
}

}  // namespace zeus::bso::curves::vectors
