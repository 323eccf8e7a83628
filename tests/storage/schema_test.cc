#include "storage/schema.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "catch2/catch.hpp"
#include "tests/support/status_matchers.h"

namespace zeus::bso::storage {
namespace {

using Catch::Matchers::Contains;
using testing::FailsWith;
using testing::IsOk;

TEST_CASE("A store of any schema up to the server's own is accepted") {
  for (int version = 1; version <= kSchemaVersion; ++version) {
    CAPTURE(version);
    CHECK_THAT(CheckSchemaVersion(absl::StrCat(version)), IsOk());
  }
}

TEST_CASE("A store of a newer schema is refused with both versions in the message") {
  const absl::Status status = CheckSchemaVersion("41237");
  CHECK_THAT(status, FailsWith(Reason::kStoreRefused));
  CHECK_THAT(std::string(status.message()), Contains("41237") && Contains(absl::StrCat("up to ", kSchemaVersion)));
}

TEST_CASE("The very next schema is refused") {
  CHECK_THAT(CheckSchemaVersion(absl::StrCat(kSchemaVersion + 1)), FailsWith(Reason::kStoreRefused));
}

TEST_CASE("A schema version that is no positive number is refused") {
  const std::string value = GENERATE("", "0", "-1", "one", "1.5", "1 2", "99999999999999999999", "\xff\x01");
  CAPTURE(value);
  CHECK_THAT(CheckSchemaVersion(value), FailsWith(Reason::kStoreRefused));
}

}  // namespace
}  // namespace zeus::bso::storage
