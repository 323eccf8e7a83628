#include "storage/uid_sequence.h"

#include "catch2/catch.hpp"

namespace zeus::bso::storage {
namespace {

Uid IncarnationOf(Uid uid) { return uid >> UidSequence::kCounterBits; }

TEST_CASE("Uids bear the incarnation of the server, and none comes twice") {
  UidSequence uids(7);
  const Uid first = uids.Next();
  CHECK(IncarnationOf(first) == 7);
  CHECK(uids.Next() == first + 1);
  CHECK(IncarnationOf(UidSequence(UidSequence::kMaxIncarnation).Next()) == UidSequence::kMaxIncarnation);
}

TEST_CASE("Uids of one store are not those of another") { CHECK(UidSequence(1).Next() != UidSequence(1).Next()); }

}  // namespace
}  // namespace zeus::bso::storage
