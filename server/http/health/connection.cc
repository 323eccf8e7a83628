#include "server/http/health/connection.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "boost/asio/buffer.hpp"
#include "boost/asio/write.hpp"
#include "server/http/health/connections.h"
#include "server/http/health/http1_session.h"
#include "server/http/health/http2_session.h"

namespace zeus::bso::http::health {

namespace asio = boost::asio;

Connection::Connection(Connections& connections, Socket socket)
    : connections_(connections), socket_(std::move(socket)) {}

void Connection::Close() {
  Error ignored;
  socket_.close(ignored);
  connections_.Remove(*this);
}

Connection::Clock::time_point Connection::Deadline() const {
  if (is_writing_) return write_began_ + kWriteTime;
  if (is_finishing_) return since_ + kLingerTime;
  if (num_answers_ == 0) return since_ + kFirstAnswerTime;
  return protocol_->is_watched() ? Clock::time_point::max() : since_ + kIdleTime;
}

void Connection::Read() {
  if (is_reading_) return;
  is_reading_ = true;
  socket_.async_read_some(asio::buffer(in_), [self = shared_from_this()](Error error, size_t num_read) {
    self->is_reading_ = false;
    if (!self->socket_.is_open()) return;
    if (error) return self->Close();
    self->OnBytes({self->in_.data(), num_read});
  });
}

bool Connection::ChooseProtocol() {
  const size_t length = std::min(first_bytes_.size(), kHttp2Preface.size());
  const bool is_http2 = absl::StartsWith(kHttp2Preface, absl::string_view(first_bytes_).substr(0, length));
  if (is_http2 && length < kHttp2Preface.size()) return false;
  if (is_http2) {
    protocol_ = std::make_unique<Http2Session>(connections_.is_ready());
  } else {
    protocol_ = std::make_unique<Http1Session>(connections_.is_ready());
  }
  return true;
}

void Connection::OnBytes(absl::string_view bytes) {
  if (is_finishing_) return Drop(bytes.size());
  if (protocol_ != nullptr) {
    protocol_->Take(bytes);
  } else {
    absl::StrAppend(&first_bytes_, bytes);
    if (!ChooseProtocol()) return Read();
    protocol_->Take(std::exchange(first_bytes_, {}));
  }
  if (protocol_->num_answers() > num_answers_) {
    num_answers_ = protocol_->num_answers();
    since_ = Clock::now();
    connections_.OnAnswer(*this);
  }
  Write();
}

void Connection::Write() {
  if (is_writing_ || is_finishing_) return;
  out_ = protocol_->NextOutput();
  if (out_.empty()) return protocol_->is_over() ? Finish() : Read();
  is_writing_ = true;
  write_began_ = Clock::now();
  asio::async_write(socket_, asio::buffer(out_), [self = shared_from_this()](Error error, size_t) {
    self->is_writing_ = false;
    if (!self->socket_.is_open()) return;
    if (error) return self->Close();
    self->Write();
  });
}

// Ends what is sent first: to close a socket that has something to read may take from the peer what it was sent.
void Connection::Finish() {
  is_finishing_ = true;
  since_ = Clock::now();
  Error ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  Read();
}

void Connection::Drop(size_t num_bytes) {
  num_dropped_bytes_ += num_bytes;
  if (num_dropped_bytes_ > kLingerBytes) return Close();
  Read();
}

void Connection::OnReadiness() {
  if (protocol_ == nullptr) return;
  protocol_->OnReadiness();
  Write();
}

}  // namespace zeus::bso::http::health
