// What the connections of a server share.
#ifndef ZEUS_BSO_SERVER_HTTP_LISTENER_CONNECTION_HOST_H_
#define ZEUS_BSO_SERVER_HTTP_LISTENER_CONNECTION_HOST_H_

#include <cstddef>
#include <list>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/functional/any_invocable.h"
#include "absl/time/clock.h"
#include "server/http/exchange/handler.h"
#include "server/http/listener/bounds.h"
#include "server/http/listener/connection.h"
#include "server/net/peer_budgets.h"

namespace zeus::bso::http {

// To be used on the thread of the sockets only.
class ConnectionHost {
 public:
  // Calls `on_closed` after each connection that has gone.
  ConnectionHost(Handler& handler, absl::AnyInvocable<void()> on_closed)
      : handler_(handler), on_closed_(std::move(on_closed)) {}

  Handler& handler() { return handler_; }

  // Takes a connection. `peer` is that of PeerAddress::budget.
  void Add(Connection& connection, const std::string& peer) {
    open_.insert(&connection);
    ++num_of_peer_[peer];
  }
  void Remove(Connection& connection, const std::string& peer) {
    StopWaiting(connection);
    open_.erase(&connection);
    if (const auto count = num_of_peer_.find(peer); --count->second == 0) num_of_peer_.erase(count);
    on_closed_();
  }
  size_t size() const { return open_.size(); }

  // Whether a peer has as many connections as it may. Those on unix sockets are nobody's.
  bool HasEnough(const std::string& peer) const {
    const auto count = num_of_peer_.find(peer);
    return !peer.empty() && count != num_of_peer_.end() && count->second >= kMaxConnectionsOfPeer;
  }

  // Between a response and the end of the head of the next request: a connection that can be closed without harm.
  void StartWaiting(Connection& connection) {
    StopWaiting(connection);
    places_[&connection] = waiting_.insert(waiting_.end(), &connection);
  }
  void StopWaiting(Connection& connection) {
    const auto place = places_.find(&connection);
    if (place == places_.end()) return;
    waiting_.erase(place->second);
    places_.erase(place);
  }

  // Closes the one that has waited longest. False: none waits.
  bool CloseOneThatWaits() {
    if (waiting_.empty()) return false;
    waiting_.front()->Close();
    return true;
  }

  // From now on no connection waits for a request.
  void Drain() {
    is_draining_ = true;
    while (CloseOneThatWaits()) {
    }
  }
  bool is_draining() const { return is_draining_; }

  void CloseAll() {
    const auto open = open_;
    for (Connection* const connection : open) connection->Close();
  }

  // Whether this peer may send a request now.
  bool MayAsk(const std::string& budget) { return budget.empty() || budgets_.Take(budget, absl::Now()); }

  // Counts the bytes of bodies that are in memory. False: there are too many already, and the connection has more than
  // a small body, with those `before`.
  bool TakeBytes(size_t bytes, size_t before) {
    if (before + bytes > kSmallBodyBytes && bytes_ + bytes > kMaxBytesInMemory) return false;
    bytes_ += bytes;
    return true;
  }
  void GiveBytesBack(size_t bytes) { bytes_ -= bytes; }

 private:
  Handler& handler_;
  absl::AnyInvocable<void()> on_closed_;
  absl::flat_hash_set<Connection*> open_;
  absl::flat_hash_map<std::string, size_t> num_of_peer_;
  std::list<Connection*> waiting_;  // Who has waited longest is first.
  absl::flat_hash_map<Connection*, std::list<Connection*>::iterator> places_;
  net::PeerBudgets budgets_{kRequestsPerSecond, kMaxBurst};
  size_t bytes_ = 0;
  bool is_draining_ = false;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_LISTENER_CONNECTION_HOST_H_
