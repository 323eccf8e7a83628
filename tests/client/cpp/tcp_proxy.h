// A TCP proxy that can lose an answer, or hold it back.
#ifndef ZEUS_BSO_TESTS_CLIENT_CPP_TCP_PROXY_H_
#define ZEUS_BSO_TESTS_CLIENT_CPP_TCP_PROXY_H_

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace zeus::bso::testing {

// Passes connections to 127.0.0.1 on to a unix socket while it lives.
class TcpProxy {
 public:
  // `target`: as gRPC names it, "unix:/path".
  explicit TcpProxy(const std::string& target);
  ~TcpProxy();

  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  // Where it listens, as a target of gRPC.
  std::string address() const;

  // The next answer that contains `marker` never arrives: its connection breaks.
  void LoseAnswer(const std::string& marker);

  // The next answer that contains `marker`, and all after it, come when the proxy is told to release them.
  void HoldAnswer(const std::string& marker);
  void Release();

  // Whether that has happened since it was asked for.
  bool TookAnswer();

  // How many requests that contained `marker` were passed on.
  int Requests(const std::string& marker);

  // Waits until there were so many.
  void AwaitRequests(const std::string& marker, int count);

  // Counts anew what comes from clients after the next that comes from the server: data, or the end of a connection
  // that the server has not ended.
  void CountReactions();
  int Reactions();

  // Breaks all connections.
  void BreakConnections();

 private:
  struct Peers {
    int client;
    int server;
  };

  void Accept();
  void PassRequests(Peers peers);
  void PassAnswers(Peers peers);

  // Whether an answer is to be passed on; waits for that.
  bool MayPass(absl::string_view answer);

  const std::string target_path_;
  const int listener_;
  absl::Mutex mutex_;
  std::string marker_ ABSL_GUARDED_BY(mutex_);
  bool loses_ ABSL_GUARDED_BY(mutex_) = false;
  bool taken_ ABSL_GUARDED_BY(mutex_) = false;
  bool holds_ ABSL_GUARDED_BY(mutex_) = false;
  std::string requests_ ABSL_GUARDED_BY(mutex_);
  std::set<int> left_by_server_ ABSL_GUARDED_BY(mutex_);
  bool counts_ ABSL_GUARDED_BY(mutex_) = false;
  int reactions_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<Peers> peers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
  std::thread acceptor_;  // Last: it uses the others.
};

}  // namespace zeus::bso::testing

#endif  // ZEUS_BSO_TESTS_CLIENT_CPP_TCP_PROXY_H_
