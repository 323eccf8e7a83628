// Coroutines of the load generator: each of its slots runs calls one after the other, and no thread waits for them.
#ifndef ZEUS_BSO_TESTS_BENCH_TASK_H_
#define ZEUS_BSO_TESTS_BENCH_TASK_H_

#include <coroutine>
#include <exception>
#include <utility>

#include "grpcpp/support/status.h"

namespace zeus::bso::bench {

// One unit of work: begins when it is awaited, gives its status.
class [[nodiscard]] Task {
 public:
  struct promise_type {
    Task get_return_object() { return Task(std::coroutine_handle<promise_type>::from_promise(*this)); }
    std::suspend_always initial_suspend() noexcept { return {}; }
    auto final_suspend() noexcept {
      struct Continue {
        bool await_ready() noexcept { return false; }
        std::coroutine_handle<> await_suspend(std::coroutine_handle<promise_type> ended) noexcept {
          return ended.promise().awaiting;
        }
        void await_resume() noexcept {}
      };
      return Continue{};
    }
    void return_value(grpc::Status value) { status = std::move(value); }
    [[noreturn]] void unhandled_exception() { std::terminate(); }

    grpc::Status status;
    std::coroutine_handle<> awaiting;
  };

  Task(Task&& other) noexcept : handle_(std::exchange(other.handle_, nullptr)) {}
  Task& operator=(Task&&) = delete;
  ~Task() {
    if (handle_) handle_.destroy();
  }

  bool await_ready() const noexcept { return false; }
  std::coroutine_handle<> await_suspend(std::coroutine_handle<> awaiting) noexcept {
    handle_.promise().awaiting = awaiting;
    return handle_;
  }
  grpc::Status await_resume() { return std::move(handle_.promise().status); }

 private:
  explicit Task(std::coroutine_handle<promise_type> handle) : handle_(handle) {}

  std::coroutine_handle<promise_type> handle_;
};

// A coroutine that begins at once and that nobody awaits.
struct Detached {
  struct promise_type {
    Detached get_return_object() { return {}; }
    std::suspend_never initial_suspend() noexcept { return {}; }
    std::suspend_never final_suspend() noexcept { return {}; }
    void return_void() {}
    [[noreturn]] void unhandled_exception() { std::terminate(); }
  };
};

}  // namespace zeus::bso::bench

#endif  // ZEUS_BSO_TESTS_BENCH_TASK_H_
