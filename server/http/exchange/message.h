// HTTP requests and responses as plain values.
#ifndef ZEUS_BSO_SERVER_HTTP_EXCHANGE_MESSAGE_H_
#define ZEUS_BSO_SERVER_HTTP_EXCHANGE_MESSAGE_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

namespace zeus::bso::http {

// Header fields, in order. Names are compared without regard to case.
class Fields {
 public:
  void Add(absl::string_view name, absl::string_view value) { fields_.emplace_back(name, value); }

  // All values of a name.
  std::vector<absl::string_view> All(absl::string_view name) const {
    std::vector<absl::string_view> values;
    for (const auto& [field, value] : fields_) {
      if (absl::EqualsIgnoreCase(field, name)) values.push_back(value);
    }
    return values;
  }

  // The first value of a name; nothing: there is no such field.
  std::optional<absl::string_view> Find(absl::string_view name) const {
    for (const auto& [field, value] : fields_) {
      if (absl::EqualsIgnoreCase(field, name)) return value;
    }
    return std::nullopt;
  }

  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

// The other end of a connection.
struct Peer {
  bool is_encrypted = false;  // Over TLS.
  bool is_unix_socket = false;
  // The DNS names, URIs, email addresses and common name of its certificate, which was verified. Absent: it has shown
  // none.
  std::optional<std::vector<std::string>> certificate_names;
};

struct Request {
  std::string method;  // In capitals.
  std::string path;    // Percent-encoded, as it came; without the query.
  std::string query;   // Likewise, without the question mark.
  Fields fields;
  std::string body;
  std::shared_ptr<const Peer> peer;
  // When it could be served: its head, or its body where that is read first, was there.
  std::chrono::steady_clock::time_point arrival = std::chrono::steady_clock::now();
};

// A body that is made part by part, as the reader takes it. It is dropped when its reader has gone.
class BodyStream {
 public:
  // Nothing: the body is whole.
  using OnPart = absl::AnyInvocable<void(std::optional<std::string> part) &&>;

  virtual ~BodyStream() = default;

  // Calls `on_part` with the next part, which is not empty, here or on another thread. One at a time.
  virtual void Next(OnPart on_part) = 0;
};

struct Response {
  int status = 200;
  Fields fields;  // Without those that a connection adds: length, connection, and the security headers.
  std::string body;
  std::unique_ptr<BodyStream> stream;  // The body instead of `body`; null: that is it.
};

// Takes the response to a request, once, on any thread; does not block.
using Respond = absl::AnyInvocable<void(Response response) &&>;

// A request's body that is taken part by part as it arrives.
class Upload {
 public:
  using OnTaken = absl::AnyInvocable<void() &&>;

  // The other end has gone, if it is dropped before Finish.
  virtual ~Upload() = default;

  // Takes the next part, and calls `on_taken`, here or on another thread, when there may be more. One at a time. It may
  // respond at any time; then the rest is not read.
  virtual void Take(std::string part, OnTaken on_taken) = 0;

  // That was all. It responds now, unless it has.
  virtual void Finish() = 0;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_EXCHANGE_MESSAGE_H_
