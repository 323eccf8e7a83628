// The server's log: one event a line on standard error.
#ifndef ZEUS_BSO_SERVER_LOGGING_H_
#define ZEUS_BSO_SERVER_LOGGING_H_

#include "server/config.h"

namespace zeus::bso {

// Sets spdlog's default logger up. A JSON line is an object with "time" (UTC, ISO 8601), "level" and "message".
//
// Logging waits for nobody: neither a pipe that nobody reads nor one that is closed stops the server (stderr_sink.h).
void SetUpLogging(const Config& config);

// Waits until what was logged is written, two seconds at most. Later lines are dropped if nobody reads them at once.
void EndLogging();

}  // namespace zeus::bso

#endif  // ZEUS_BSO_SERVER_LOGGING_H_
