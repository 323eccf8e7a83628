// A number for each method of the API.
#ifndef ZEUS_BSO_SERVER_API_CALLS_METHOD_ID_H_
#define ZEUS_BSO_SERVER_API_CALLS_METHOD_ID_H_

#include <cstddef>
#include <span>

#include "absl/strings/string_view.h"
#include "server/api/calls/method_lists.h"

namespace zeus::bso::api {

// From 0 on: kBatchSizeOptimizerStartTrial, kZeusServiceGetJob.
enum class MethodId : size_t {
#define ZB_ID(Method) kBatchSizeOptimizer##Method,
#define ZB_STREAM_ID(Method, type) kBatchSizeOptimizer##Method,
  ZB_BATCH_SIZE_OPTIMIZER_METHODS(ZB_ID) ZB_BATCH_SIZE_OPTIMIZER_STREAMS(ZB_STREAM_ID)
#undef ZB_ID
#undef ZB_STREAM_ID
#define ZB_ID(Method) kZeusService##Method,
#define ZB_STREAM_ID(Method, type) kZeusService##Method,
      ZB_ZEUS_SERVICE_METHODS(ZB_ID) ZB_ZEUS_SERVICE_STREAMS(ZB_STREAM_ID)
#undef ZB_ID
#undef ZB_STREAM_ID
};

struct MethodName {
  absl::string_view service;  // "zeus.bso.v1.ZeusService".
  absl::string_view method;   // "GetJob".
  absl::string_view type;     // "unary", "server_stream", "client_stream" or "bidi_stream".
};

// The names of all methods, by id.
std::span<const MethodName> MethodNames();

}  // namespace zeus::bso::api

#endif  // ZEUS_BSO_SERVER_API_CALLS_METHOD_ID_H_
