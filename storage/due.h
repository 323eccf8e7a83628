// What is to be done when: rows of a table in the order of their times, so that what is due is found without looking at
// the rest.
#ifndef ZEUS_BSO_STORAGE_DUE_H_
#define ZEUS_BSO_STORAGE_DUE_H_

#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "model/trial.h"
#include "storage/keys.h"

namespace zeus::bso::storage {

// A running trial is looked at, whether it is silent.
struct DueTrial {
  Uid uid = 0;  // Of the job that it belongs to.
  TrialKey key;
};

// A kept answer is not needed any longer.
struct DueAnswer {
  std::string request_id;  // kRequestIdBytes
};

// A job is learned anew.
struct DueRelearning {
  Uid uid = 0;
  std::string job_id;
};

struct Due {
  absl::Time time;  // On the store's clock.
  std::variant<DueTrial, DueAnswer, DueRelearning> what;
};

// Key and value of the row.
std::string DueRowKey(const Due& due);
std::string EncodeDue(const Due& due);

// STORAGE_CORRUPTED: they are not those of such a row.
absl::StatusOr<Due> DecodeDue(absl::string_view key, absl::string_view value);

}  // namespace zeus::bso::storage

#endif  // ZEUS_BSO_STORAGE_DUE_H_
