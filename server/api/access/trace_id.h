// The trace that a call belongs to, as W3C Trace Context (w3.org/TR/trace-context) names it.
#ifndef ZEUS_BSO_SERVER_API_ACCESS_TRACE_ID_H_
#define ZEUS_BSO_SERVER_API_ACCESS_TRACE_ID_H_

#include <functional>
#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::api {

// The trace-id of a traceparent header: 32 lower-case hex digits. Empty: the header is invalid.
std::string TraceIdOf(absl::string_view traceparent);

// Reads the trace-id when a line of the log needs it; empty: the call belongs to no trace. Null: likewise.
using TraceReader = std::function<std::string()>;

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_ACCESS_TRACE_ID_H_
