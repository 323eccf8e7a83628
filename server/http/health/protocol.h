// What a connection of the health listener speaks, apart from its socket.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_PROTOCOL_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_PROTOCOL_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace zeus::bso::http::health {

// Never fails: hostile bytes end in a protocol that is over.
class Protocol {
 public:
  virtual ~Protocol() = default;

  // Takes what the other end has sent; no-op once it is over. Reading waits for writing, so what it makes of one read
  // is all that it has to keep.
  virtual void Take(absl::string_view bytes) = 0;

  // What is to be sent next, about kWriteBytes at most; empty: nothing for now.
  virtual std::string NextOutput() = 0;

  // Nothing more will be taken: the connection ends when the output is written.
  virtual bool is_over() const = 0;

  // Grows with each request that was answered.
  virtual int64_t num_answers() const = 0;

  // Whether the other end waits for changes of the health.
  virtual bool is_watched() const { return false; }

  // The readiness has changed: there may be output.
  virtual void OnReadiness() {}
};

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_PROTOCOL_H_
