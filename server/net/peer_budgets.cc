#include "server/net/peer_budgets.h"

#include <algorithm>
#include <cmath>

namespace zeus::bso::net {

double PeerBudgets::LeftAt(const Budget& budget, absl::Time now) const {
  return std::min(burst_, budget.left + per_second_ * absl::ToDoubleSeconds(now - budget.time));
}

bool PeerBudgets::Take(const std::string& peer, absl::Time now, double amount) {
  if (now >= next_look_) ForgetFull(now);
  Budget& budget = budgets_.try_emplace(peer, Budget{burst_, now}).first->second;
  const double left = LeftAt(budget, now);
  const bool has_enough = left >= amount;
  budget = {has_enough ? left - amount : std::fmod(left, 1), now};
  return has_enough;
}

void PeerBudgets::ForgetFull(absl::Time now) {
  next_look_ = now + absl::Seconds(1);
  absl::erase_if(budgets_, [&](const auto& entry) { return LeftAt(entry.second, now) >= burst_; });
}

}  // namespace zeus::bso::net
