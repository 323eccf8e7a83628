// Calls that coroutines await.
#ifndef ZEUS_BSO_TESTS_BENCH_CALLS_H_
#define ZEUS_BSO_TESTS_BENCH_CALLS_H_

#include <atomic>
#include <coroutine>
#include <functional>
#include <utility>

#include "grpcpp/client_context.h"
#include "grpcpp/support/client_callback.h"
#include "grpcpp/support/status.h"
#include "zeus/bso/v1/zeus_service.grpc.pb.h"

namespace zeus::bso::bench {

// Each await_suspend begins what may resume the coroutine on another thread before it returns. It must not be inlined:
// clang would keep its temporaries in the coroutine, which may be gone by then (llvm-project issue 56301, mended in
// 18).

// UnaryCall call(stub, &Stub::Method); call.request...; status = co_await call; call.response...
template <typename Stub, typename Request, typename Response>
class UnaryCall {
 public:
  using Method = void (Stub::*)(grpc::ClientContext*, const Request*, Response*, std::function<void(grpc::Status)>);

  UnaryCall(Stub* stub, Method method) : stub_(stub), method_(method) {}

  Request request;
  Response response;

  bool await_ready() const noexcept { return false; }
  [[gnu::noinline]] void await_suspend(std::coroutine_handle<> waiting) {
    (stub_->*method_)(&context_, &request, &response, [this, waiting](grpc::Status status) {
      status_ = std::move(status);
      waiting.resume();
    });
  }
  grpc::Status await_resume() { return std::move(status_); }

 private:
  Stub* const stub_;
  const Method method_;
  grpc::ClientContext context_;
  grpc::Status status_;
};

// ZeusService.Session, one request at a time. `Done` is to be awaited before it goes.
class SessionStream : public grpc::ClientBidiReactor<v1::SessionRequest, v1::SessionResponse> {
 public:
  explicit SessionStream(v1::ZeusService::StubInterface::async_interface* stub) {
    // The call begins with its first request, in one packet.
    context_.set_initial_metadata_corked(true);
    stub->Session(&context_, this);
    StartCall();
  }

  v1::SessionRequest request;
  v1::SessionResponse response;

  // Sends `request`; true when `response` has the answer.
  auto Ask() { return Exchange{*this, /*last=*/false}; }
  // The same for the last request of the session.
  auto AskLast() { return Exchange{*this, /*last=*/true}; }
  // How the session ended.
  auto Done() { return End{*this}; }

 private:
  struct Exchange {
    SessionStream& stream;
    bool last;

    bool await_ready() const noexcept { return false; }
    [[gnu::noinline]] void await_suspend(std::coroutine_handle<> waiting) {
      stream.waiting_ = waiting;
      stream.pending_.store(2);
      stream.StartRead(&stream.response);
      if (last) {
        stream.StartWriteLast(&stream.request, {});
      } else {
        stream.StartWrite(&stream.request);
      }
    }
    bool await_resume() const { return stream.answered_; }
  };

  struct End {
    SessionStream& stream;

    bool await_ready() const noexcept { return false; }
    // Goes on at once when the session has ended before.
    [[gnu::noinline]] bool await_suspend(std::coroutine_handle<> waiting) {
      stream.waiting_ = waiting;
      return !stream.ended_.exchange(true);
    }
    grpc::Status await_resume() { return std::move(stream.status_); }
  };

  void OnReadDone(bool ok) override {
    answered_ = ok;
    OneDone();
  }
  void OnWriteDone(bool) override { OneDone(); }
  void OneDone() {
    if (pending_.fetch_sub(1) == 1) waiting_.resume();
  }
  void OnDone(const grpc::Status& status) override {
    status_ = status;
    if (ended_.exchange(true)) waiting_.resume();
  }

  grpc::ClientContext context_;
  std::coroutine_handle<> waiting_;
  std::atomic<int> pending_ = 0;
  std::atomic<bool> ended_ = false;  // Set by the first of OnDone and Done; the second goes on.
  bool answered_ = false;
  grpc::Status status_;
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_CALLS_H_
