// How much each peer may still ask for.
#ifndef ZEUS_BSO_SERVER_NET_PEER_BUDGETS_H_
#define ZEUS_BSO_SERVER_NET_PEER_BUDGETS_H_

#include <cstddef>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/time/time.h"

namespace zeus::bso::net {

// A bucket of tokens for each peer, which fills at a steady rate. Not thread-safe.
class PeerBudgets {
 public:
  // So much in a second, and so much at once after a silence.
  PeerBudgets(double per_second, double burst) : per_second_(per_second), burst_(burst) {}

  // Takes `amount` from the budget of `peer`; false: it has not as much left, and now has less than one. `now` never
  // goes back. A negative amount is given back.
  bool Take(const std::string& peer, absl::Time now, double amount = 1);

  // Peers that are remembered: those whose budget is not full.
  size_t size() const { return budgets_.size(); }

 private:
  struct Budget {
    double left;
    absl::Time time;  // At which `left` was right.
  };

  double LeftAt(const Budget& budget, absl::Time now) const;
  void ForgetFull(absl::Time now);

  const double per_second_;
  const double burst_;
  absl::flat_hash_map<std::string, Budget> budgets_;
  absl::Time next_look_ = absl::InfinitePast();
};

}  // namespace zeus::bso::net

#endif  // ZEUS_BSO_SERVER_NET_PEER_BUDGETS_H_
