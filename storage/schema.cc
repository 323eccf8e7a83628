#include "storage/schema.h"

#include "absl/strings/escaping.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/error.h"

namespace zeus::bso::storage {

absl::Status CheckSchemaVersion(absl::string_view value) {
  int version = 0;
  if (!absl::SimpleAtoi(value, &version) || version < 1) {
    return MakeError(Reason::kStoreRefused,
                     absl::StrCat("the schema version of the store is damaged: '", absl::CHexEscape(value), "'"));
  }
  if (version > kSchemaVersion) {
    return MakeError(Reason::kStoreRefused,
                     absl::StrCat("the store has schema version ", version, ", this server knows up to ",
                                  kSchemaVersion, ": use a newer server"));
  }
  return absl::OkStatus();
}

}  // namespace zeus::bso::storage
