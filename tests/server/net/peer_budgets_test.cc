#include "server/net/peer_budgets.h"

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"

namespace zeus::bso::net {
namespace {

const absl::Time kBegin = absl::FromUnixSeconds(1700000000);

int TakeAll(PeerBudgets& budgets, absl::Time now) {
  int taken = 0;
  while (budgets.Take("peer", now)) ++taken;
  return taken;
}

TEST_CASE("A peer has so many requests at once, and then so many a second") {
  PeerBudgets budgets(/*per_second=*/10, /*burst=*/50);
  CHECK(TakeAll(budgets, kBegin) == 50);
  CHECK(TakeAll(budgets, kBegin + absl::Milliseconds(50)) == 0);
  CHECK(TakeAll(budgets, kBegin + absl::Seconds(1)) == 10);
  CHECK(TakeAll(budgets, kBegin + absl::Hours(1)) == 50);
}

TEST_CASE("Who asks for more than is left has nothing left") {
  PeerBudgets budgets(10, 50);
  CHECK(budgets.Take("peer", kBegin, 40));
  CHECK_FALSE(budgets.Take("peer", kBegin, 11));
  CHECK_FALSE(budgets.Take("peer", kBegin));
  CHECK(budgets.Take("peer", kBegin + absl::Seconds(1), 10));
}

TEST_CASE("What is given back can be taken again, up to what a peer has at once") {
  PeerBudgets budgets(10, 50);
  TakeAll(budgets, kBegin);
  CHECK(budgets.Take("peer", kBegin, -20));
  CHECK(TakeAll(budgets, kBegin) == 20);
  CHECK(budgets.Take("peer", kBegin, -100));
  CHECK(TakeAll(budgets, kBegin) == 50);
}

TEST_CASE("What one peer uses up is not another's") {
  PeerBudgets budgets(10, 50);
  TakeAll(budgets, kBegin);
  CHECK(budgets.Take("other", kBegin));
}

TEST_CASE("Peers that are silent are forgotten") {
  PeerBudgets budgets(10, 50);
  for (int i = 0; i < 1000; ++i) budgets.Take(absl::StrCat("peer-", i), kBegin);
  CHECK(budgets.size() == 1000);
  budgets.Take("last", kBegin + absl::Seconds(2));
  CHECK(budgets.size() == 1);
}

}  // namespace
}  // namespace zeus::bso::net
