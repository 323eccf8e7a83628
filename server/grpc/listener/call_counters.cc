#include "server/grpc/listener/call_counters.h"

#include <arpa/inet.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "grpc/grpc.h"
#include "grpc/support/alloc.h"
#include "nlohmann/json.hpp"
#include "server/grpc/listener/accepted_sockets.h"
#include "server/grpc/listener/connection_bounds.h"

namespace zeus::bso::rpc {
namespace {

using Json = nlohmann::json;

constexpr intptr_t kPageSize = 500;
constexpr size_t kMaxConnections = 100'000;

// What channelz answers; null: nothing.
Json Parse(char* text) {
  const std::unique_ptr<char, decltype(&gpr_free)> owned(text, gpr_free);
  return text == nullptr ? Json() : Json::parse(text, nullptr, /*allow_exceptions=*/false);
}

// 64-bit numbers are strings there, and zeros are missing.
int64_t NumberIn(const Json& object, const char* name) {
  int64_t number = 0;
  if (const auto found = object.find(name); found != object.end() && found->is_string()) {
    if (!absl::SimpleAtoi(found->get<std::string>(), &number)) return 0;
  }
  return number;
}

// A list in an answer; an empty one if it is missing.
Json ListIn(const Json& object, const char* name) {
  return object.is_object() ? object.value(name, Json::array()) : Json::array();
}

// "127.0.0.1 1234" of "chttp2 ipv4:127.0.0.1:1234"; empty for what is no address of TCP.
std::string PeerNameIn(const std::string& socket_name) {
  return PeerOfUri(absl::StripPrefix(socket_name, "chttp2 ")).name;
}

CallCounts CountsIn(const Json& socket) {
  const Json data = socket.is_object() ? socket.value("socket", Json::object()).value("data", Json::object()) : Json();
  if (!data.is_object()) return {};
  return {.begun = NumberIn(data, "streamsStarted"),
          .failed = NumberIn(data, "streamsFailed"),
          .messages = NumberIn(data, "messagesReceived")};
}

}  // namespace

void CallCounters::FindConnections() {
  // Those that have ended are forgotten when they are asked for. Others would stay.
  if (connections_.size() > kMaxConnections) {
    connections_.clear();
    next_ids_.clear();
  }
  for (const Json& server : ListIn(Parse(grpc_channelz_get_servers(0)), "server")) {
    FindConnectionsOf(NumberIn(server.value("ref", Json::object()), "serverId"));
  }
}

void CallCounters::FindConnectionsOf(int64_t server_id) {
  int64_t& next_id = next_ids_[server_id];
  while (true) {
    const Json page = Parse(grpc_channelz_get_server_sockets(server_id, next_id, kPageSize));
    for (const Json& socket : ListIn(page, "socketRef")) {
      const int64_t id = NumberIn(socket, "socketId");
      next_id = std::max(next_id, id + 1);
      if (std::string name = PeerNameIn(socket.value("name", "")); !name.empty()) {
        connections_[std::move(name)] = {.id = id};
      }
    }
    if (!page.is_object() || page.value("end", true)) return;
  }
}

NewCalls CallCounters::Look(const std::string& name, bool is_new, uint64_t bytes) {
  const auto new_bytes = static_cast<int64_t>(bytes - (is_new ? std::min(bytes, kHandshakeBytes) : 0));
  const auto found = connections_.find(name);
  // gRPC may be about to close a connection, and read from it all the same for as long as something comes.
  if (found == connections_.end()) return {.wasted_bytes = new_bytes};
  const Json socket = Parse(grpc_channelz_get_socket(found->second.id));
  if (!socket.is_object()) {
    connections_.erase(found);
    return {.wasted_bytes = new_bytes};
  }
  Connection& connection = found->second;
  const CallCounts now = CountsIn(socket);
  const CallCounts before = std::exchange(connection.counts, now);
  const int64_t unread = now.begun - now.messages;
  const int64_t most_unread = std::exchange(connection.most_unread, std::max(connection.most_unread, unread));
  if (!std::exchange(connection.is_known, true) && !is_new) {
    connection.most_unread = unread;
    return {};
  }
  const bool wasted = now.begun == before.begun && now.messages == before.messages;
  const int64_t wasted_bytes = wasted ? connection.wasted_bytes + new_bytes : 0;
  return {.unanswered = std::max({now.failed - before.failed, unread - most_unread, int64_t{0}}),
          .wasted_bytes = wasted_bytes - std::exchange(connection.wasted_bytes, wasted_bytes)};
}

}  // namespace zeus::bso::rpc
