// Collects what is wrong with the fields of a request.
#ifndef ZEUS_BSO_SERVER_API_ERRORS_FIELD_ERRORS_H_
#define ZEUS_BSO_SERVER_API_ERRORS_FIELD_ERRORS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/rpc/error_details.pb.h"

namespace zeus::bso::api {

class FieldErrors {
 public:
  // `prefix` goes before the name of each field.
  explicit FieldErrors(absl::string_view prefix = "") : prefix_(prefix) {}

  // Records that `field`, a path such as "spec.eta_knob", is wrong. `rule` says what it must be and does not repeat the
  // value.
  void Add(absl::string_view field, absl::string_view rule);

  // The same unless `ok`; answers `ok`. For rules that need not be put together first, which each call would pay for.
  bool Check(bool ok, absl::string_view field, absl::string_view rule);

  // That `value` is in [least, most]; NaN is not.
  void CheckRange(double value, double least, double most, absl::string_view field);
  void CheckRange(int64_t value, int64_t least, int64_t most, absl::string_view field);

  // OK, or INVALID_FIELD with a google.rpc.BadRequest that names each wrong field, the first twenty at most.
  absl::Status ToStatus() const;

 private:
  const std::string prefix_;
  google::rpc::BadRequest bad_request_;
};

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ERRORS_FIELD_ERRORS_H_
