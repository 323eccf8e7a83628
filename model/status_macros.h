// The two steps that every function between layers takes with an absl::Status: return it, or use the value.
#ifndef ZEUS_BSO_MODEL_STATUS_MACROS_H_
#define ZEUS_BSO_MODEL_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Returns from the function when `expression`, an absl::Status, is an error.
#define ZB_RETURN_IF_ERROR(expression)                            \
  do {                                                            \
    if (absl::Status zb_status = (expression); !zb_status.ok()) { \
      return zb_status;                                           \
    }                                                             \
  } while (false)

// Assigns the value of `expression`, an absl::StatusOr, to `target` (which may declare a variable), or returns its
// error.
#define ZB_ASSIGN_OR_RETURN(target, expression) \
  ZB_ASSIGN_OR_RETURN_NAMED(ZB_CONCAT(zb_status_or_, __LINE__), target, expression)

#define ZB_CONCAT(a, b) ZB_CONCAT_INNER(a, b)
#define ZB_CONCAT_INNER(a, b) a##b
#define ZB_ASSIGN_OR_RETURN_NAMED(name, target, expression) \
  auto name = (expression);                                 \
  if (!name.ok()) {                                         \
    return std::move(name).status();                        \
  }                                                         \
  target = std::move(name).value()

#endif  // ZEUS_BSO_MODEL_STATUS_MACROS_H_
