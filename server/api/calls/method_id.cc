#include "server/api/calls/method_id.h"

namespace zeus::bso::api {
namespace {

constexpr absl::string_view kOptimizer = "zeus.bso.v1.BatchSizeOptimizer";
constexpr absl::string_view kZeusService = "zeus.bso.v1.ZeusService";

// In the order of the enumeration.
constexpr MethodName kNames[] = {
#define ZB_NAME(Method) {kOptimizer, #Method, "unary"},
#define ZB_STREAM_NAME(Method, type) {kOptimizer, #Method, type},
    ZB_BATCH_SIZE_OPTIMIZER_METHODS(ZB_NAME) ZB_BATCH_SIZE_OPTIMIZER_STREAMS(ZB_STREAM_NAME)
#undef ZB_NAME
#undef ZB_STREAM_NAME
#define ZB_NAME(Method) {kZeusService, #Method, "unary"},
#define ZB_STREAM_NAME(Method, type) {kZeusService, #Method, type},
        ZB_ZEUS_SERVICE_METHODS(ZB_NAME) ZB_ZEUS_SERVICE_STREAMS(ZB_STREAM_NAME)
#undef ZB_NAME
#undef ZB_STREAM_NAME
};

}  // namespace

std::span<const MethodName> MethodNames() { return kNames; }

}  // namespace zeus::bso::api
