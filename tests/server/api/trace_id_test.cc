#include "server/api/access/trace_id.h"

#include <string>

#include "catch2/catch.hpp"

namespace zeus::bso::api {
namespace {

const std::string kTraceId = "0af7651916cd43dd8448eb211c80319c";

TEST_CASE("The trace-id of a valid traceparent is taken") {
  CHECK(TraceIdOf("00-" + kTraceId + "-b7ad6b7169203331-01") == kTraceId);
  CHECK(TraceIdOf("00-" + kTraceId + "-b7ad6b7169203331-00") == kTraceId);
  // A later version may say more.
  CHECK(TraceIdOf("cc-" + kTraceId + "-b7ad6b7169203331-01") == kTraceId);
  CHECK(TraceIdOf("cc-" + kTraceId + "-b7ad6b7169203331-01-what the future will be") == kTraceId);
}

TEST_CASE("An invalid traceparent has no trace-id") {
  const std::string invalid = GENERATE("", "00", "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                       "0-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                       "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
                                       "00-00000000000000000000000000000000-b7ad6b7169203331-01",
                                       "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
                                       "00-0af7651916cd43dd8448eb211c80319-b7ad6b7169203331-01",
                                       "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-0g",
                                       "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-",
                                       "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
                                       "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01.",
                                       "00-0af7651916cd43dd8448eb211c80319z-b7ad6b7169203331-01");
  CAPTURE(invalid);
  CHECK(TraceIdOf(invalid).empty());
}

}  // namespace
}  // namespace zeus::bso::api
