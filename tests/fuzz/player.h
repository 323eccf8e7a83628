// Plays scripts to the real server, which runs in this process on a store in memory.
#ifndef ZEUS_BSO_TESTS_FUZZ_PLAYER_H_
#define ZEUS_BSO_TESTS_FUZZ_PLAYER_H_

#include <atomic>
#include <deque>
#include <memory>
#include <string>

#include "google/protobuf/descriptor.h"
#include "grpcpp/channel.h"
#include "server/server.h"
#include "storage/store.h"
#include "tests/fuzz/answers.h"
#include "tests/fuzz/raw_call.h"
#include "tests/fuzz/script.h"
#include "tests/support/memory_engine.h"
#include "tests/support/temp_dir.h"

namespace zeus::bso::fuzz {

class Player {
 public:
  Player();

  // Plays a script and checks every answer. Leaves an empty store: the same script is answered alike however many were
  // played before, but for what is drawn from the system's entropy.
  void Play(const Script& script, Rows rows);

  storage::Store& store() { return *store_; }

 private:
  // A stream that a client does not write to after its request.
  struct Listener {
    std::unique_ptr<RawStream> stream;
    const google::protobuf::MethodDescriptor* method = nullptr;
  };
  // One that it goes on writing to.
  struct Talk {
    std::unique_ptr<RawStream> stream;
    const google::protobuf::MethodDescriptor* method = nullptr;
  };

  void PlayStep(const Step& step);
  void Call(const Verb& verb, const std::string& request);
  void Listen(const Verb& verb, const std::string& request);
  void Say(const Verb& verb, const std::string& message);
  void WriteRow(const Verb& verb, const std::string& payload);

  void EndTalk();
  // Reads what there is until the stream ends, which somebody else sees to.
  void EndListener(Listener& listener);
  void DeleteAllJobs();
  // Also those that threads of the server are about to write.
  void LoseAllRows();

  testing::MemoryEngine* engine_ = nullptr;  // Of the store.
  std::unique_ptr<storage::Store> store_;
  std::atomic<int> now_ = 0;  // Which step is played; each takes a second.
  testing::TempDir socket_directory_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;

  Rows rows_ = Rows::kOwn;
  std::deque<Listener> listeners_;
  Talk talk_;
};

}  // namespace zeus::bso::fuzz

#endif  // ZEUS_BSO_TESTS_FUZZ_PLAYER_H_
