// What calls are served from, over a store of its own, without a transport.
#ifndef ZEUS_BSO_TESTS_SERVER_HTTP_BACKEND_FIXTURE_H_
#define ZEUS_BSO_TESTS_SERVER_HTTP_BACKEND_FIXTURE_H_

#include <chrono>
#include <fstream>
#include <memory>
#include <string>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"
#include "server/api/backend.h"
#include "server/api/unary_call.h"
#include "server/http/exchange/http_caller.h"
#include "tests/support/status_matchers.h"
#include "tests/support/test_store.h"

namespace zeus::bso::http {

class BackendFixture {
 public:
  // `roles` is the text of a roles file; empty: everybody may do everything.
  explicit BackendFixture(const std::string& roles = "", int max_watchers = 10)
      : roles_(MakeRoles(roles)),
        hub_(max_watchers),
        backend_{.store = store_.store(),
                 .clock = [this] { return Moment(absl::Now(), store_.store().clock().Now()); },
                 .limits = {},
                 .memory = memory_,
                 .watchers = hub_,
                 .calls = calls_,
                 .monitor = monitor_,
                 .default_policy = PolicyKind::kCurves,
                 .request_id_ttl = absl::Hours(24),
                 .roles = roles_.get()} {
    backend_.store.AddObserver(&hub_);
  }

  ~BackendFixture() {
    WaitForCalls();
    backend_.store.RemoveObserver(&hub_);
  }

  BackendFixture(const BackendFixture&) = delete;
  BackendFixture& operator=(const BackendFixture&) = delete;

  const api::Backend& backend() const { return backend_; }
  api::JobWatchHub& hub() { return hub_; }

  // Serves no more calls, and waits for those in progress. What they use may be gone then.
  void WaitForCalls() { calls_.Drain(absl::Minutes(1)); }

  // The outcome of a unary call by who sends `caller`. All are counted as one method.
  template <typename ApiRequest, typename ApiResponse>
  absl::Status Call(absl::Status (*method)(const api::Call&, const ApiRequest&, ApiResponse&),
                    const ApiRequest& request, ApiResponse& response, const Request& caller = {}) {
    absl::Status outcome;
    absl::Notification done;
    api::RunUnary(backend_, HttpCaller(caller, std::chrono::system_clock::time_point::max()), request, response,
                  api::Operation(api::MethodId::kZeusServiceGetJob, method), [&](const absl::Status& status) {
                    outcome = status;
                    done.Notify();
                  });
    done.WaitForNotification();
    return outcome;
  }

 protected:
  api::CallsInProgress& calls() { return calls_; }

 private:
  std::unique_ptr<api::RolesFile> MakeRoles(const std::string& text) {
    if (text.empty()) return nullptr;
    const std::string path = store_.directory() / "roles";
    std::ofstream(path) << text;
    return testing::Value(api::RolesFile::Open(path));
  }

  testing::TestStore store_{storage::Durability::kAsync};
  const std::unique_ptr<api::RolesFile> roles_;
  Memory memory_;
  api::JobWatchHub hub_;
  api::CallsInProgress calls_;
  api::CallMonitor monitor_;
  const api::Backend backend_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_TESTS_SERVER_HTTP_BACKEND_FIXTURE_H_
