// The health listener's HTTP/1.1: /healthz and /readyz. It checks neither Host nor Origin, as the answers reveal
// nothing and change nothing.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_HTTP1_SESSION_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_HTTP1_SESSION_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "server/http/health/protocol.h"

namespace zeus::bso::http::health {

class Http1Session final : public Protocol {
 public:
  // `is_ready` outlives it.
  explicit Http1Session(const bool& is_ready);
  ~Http1Session() override;

  void Take(absl::string_view bytes) override;
  std::string NextOutput() override;
  bool is_over() const override;
  int64_t num_answers() const override;

 private:
  // Keeps Beast out of this header: it takes seconds to compile.
  class Impl;

  const std::unique_ptr<Impl> impl_;
};

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_HTTP1_SESSION_H_
