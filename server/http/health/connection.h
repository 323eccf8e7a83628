// A connection of the health listener.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_CONNECTION_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_CONNECTION_H_

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "boost/asio/generic/stream_protocol.hpp"
#include "boost/system/error_code.hpp"
#include "server/http/health/bounds.h"
#include "server/http/health/protocol.h"

namespace zeus::bso::http::health {

class Connections;

// Its first bytes decide what it speaks. It reads a little, answers, and reads on when the answer is written, so a peer
// that does not read is not read from either. All on the thread of its socket.
class Connection final : public std::enable_shared_from_this<Connection> {
 public:
  using Socket = boost::asio::generic::stream_protocol::socket;
  using Clock = std::chrono::steady_clock;

  // `connections` outlives it.
  Connection(Connections& connections, Socket socket);

  void Start() { Read(); }

  // Once; leaves `connections`.
  void Close();

  // The readiness has changed.
  void OnReadiness();

  // When it is to be closed, if nothing happens before.
  Clock::time_point Deadline() const;

 private:
  using Error = boost::system::error_code;

  void Read();
  void OnBytes(absl::string_view bytes);
  // False: there are too few bytes to say what it speaks.
  bool ChooseProtocol();
  void Write();
  void Finish();
  void Drop(size_t num_bytes);

  Connections& connections_;
  Socket socket_;
  std::array<char, kReadBytes> in_;
  std::string first_bytes_;
  std::unique_ptr<Protocol> protocol_;  // Null: it is not known yet.
  std::string out_;
  bool is_reading_ = false;
  bool is_writing_ = false;
  bool is_finishing_ = false;  // What still comes is dropped.
  size_t num_dropped_bytes_ = 0;
  int64_t num_answers_ = 0;
  Clock::time_point since_ = Clock::now();  // The last answer; before, the beginning; while it finishes, that.
  Clock::time_point write_began_;
};

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_CONNECTION_H_
