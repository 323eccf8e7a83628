// The open connections of the health listener.
#ifndef ZEUS_BSO_SERVER_HTTP_HEALTH_CONNECTIONS_H_
#define ZEUS_BSO_SERVER_HTTP_HEALTH_CONNECTIONS_H_

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <list>
#include <memory>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "server/http/health/bounds.h"
#include "server/http/health/connection.h"

namespace zeus::bso::http::health {

// To be used on the thread of the sockets only.
class Connections {
 public:
  // Whether requests are answered; protocols keep the reference.
  const bool& is_ready() const { return is_ready_; }

  void ShowReady(bool is_ready) {
    if (is_ready == is_ready_) return;
    is_ready_ = is_ready;
    for (const auto& connection : Copy()) connection->OnReadiness();
  }

  // Takes and starts one. With too many, the one whose last answer is the oldest is closed: whoever floods with
  // connections pushes out its own, and a probe that has just connected stays until it is answered.
  void Add(Connection::Socket socket) {
    if (open_.size() >= kMaxConnections) CloseOldest();
    const auto connection = std::make_shared<Connection>(*this, std::move(socket));
    places_[connection.get()] = open_.insert(open_.end(), connection);
    connection->Start();
  }

  void Remove(Connection& connection) {
    const auto place = places_.find(&connection);
    if (place == places_.end()) return;
    open_.erase(place->second);
    places_.erase(&connection);
  }

  void OnAnswer(Connection& connection) { open_.splice(open_.end(), open_, places_.at(&connection)); }

  void CloseOldest() {
    if (!open_.empty()) Copy(1).front()->Close();
  }

  void CloseOverdue(Connection::Clock::time_point now) {
    for (const auto& connection : Copy()) {
      if (connection->Deadline() <= now) connection->Close();
    }
  }

  void CloseAll() {
    for (const auto& connection : Copy()) connection->Close();
  }

 private:
  using Shared = std::shared_ptr<Connection>;

  // The first ones, to work on while the list changes.
  std::vector<Shared> Copy(size_t max_count = kMaxConnections) const {
    return {open_.begin(), std::next(open_.begin(), static_cast<std::ptrdiff_t>(std::min(max_count, open_.size())))};
  }

  bool is_ready_ = false;
  std::list<Shared> open_;  // By the time of the last answer, or of the beginning.
  absl::flat_hash_map<Connection*, std::list<Shared>::iterator> places_;
};

}  // namespace zeus::bso::http::health

#endif  // ZEUS_BSO_SERVER_HTTP_HEALTH_CONNECTIONS_H_
