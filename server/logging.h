// The server's log: one event a line on standard error.
#ifndef ZEUS_BSO_SERVER_LOGGING_H_
#define ZEUS_BSO_SERVER_LOGGING_H_

#include "server/config.h"

namespace zeus::bso {

// Sets spdlog's default logger up. A JSON line is an object with "time" (UTC, ISO 8601), "level" and "message".
void SetUpLogging(const Config& config);

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_LOGGING_H_
