// A connection over one kind of stream. Slow to compile: to be included where a kind is made, and nowhere else.
#ifndef ZEUS_BSO_SERVER_HTTP_LISTENER_BASIC_CONNECTION_H_
#define ZEUS_BSO_SERVER_HTTP_LISTENER_BASIC_CONNECTION_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>

#include "boost/asio/post.hpp"
#include "boost/asio/write.hpp"
#include "boost/beast/core/flat_buffer.hpp"
#include "boost/beast/http.hpp"
#include "server/http/exchange/simple_response.h"
#include "server/http/listener/beast_message.h"
#include "server/http/listener/bounds.h"
#include "server/http/listener/connection.h"
#include "server/http/listener/connection_host.h"
#include "server/http/listener/streams.h"

namespace zeus::bso::http {

// At any time it does one of these: it waits for a head, reads one, reads a body or an upload, waits for a response,
// writes one, or waits for the other end to close. While it reads an upload, the response may come.
template <typename Stream>
class BasicConnection final : public Connection, public std::enable_shared_from_this<BasicConnection<Stream>> {
 public:
  BasicConnection(ConnectionHost& host, PeerAddress peer, Stream stream)
      : host_(host), budget_(std::move(peer.budget)), stream_(std::move(stream)) {
    peer_->is_unix_socket = peer.is_unix_socket;
    peer_->is_encrypted = kIsTls;
    host_.Add(*this, budget_);
  }

  ~BasicConnection() override {
    GiveBytesBack();
    host_.Remove(*this, budget_);
  }

  void Start() override {
    if constexpr (kIsTls) {
      SetTimeout(kHandshakeTime);
      stream_.async_handshake(asio::ssl::stream_base::server, [self = this->shared_from_this()](Error error) {
        if (error) return;
        self->peer_->certificate_names = CertificateNames(self->stream_.native_handle());
        self->AwaitRequest();
      });
    } else {
      AwaitRequest();
    }
  }

  void Close() override {
    host_.StopWaiting(*this);
    upload_.reset();
    body_stream_.reset();
    beast::get_lowest_layer(stream_).close();
  }

 private:
  static constexpr bool kIsTls = std::is_same_v<Stream, TlsStream>;
  static constexpr size_t kReadBytes = 4096;
  static constexpr size_t kMaxBufferBytes = size_t{64} << 10;
  // Beast 1.74 takes "none" for a limit of 0.
  static constexpr uint64_t kNoLimit = std::numeric_limits<uint64_t>::max();

  using Error = beast::error_code;
  template <typename Body>
  using Parser = beast::http::request_parser<Body>;

  // The way back from another thread. The connection is dropped on its own thread, too.
  class Here {
   public:
    explicit Here(BasicConnection& connection)
        : connection_(connection.shared_from_this()), executor_(connection.stream_.get_executor()) {}
    Here(Here&&) noexcept = default;
    ~Here() {
      if (connection_ != nullptr) Do([](BasicConnection&) {});
    }

    // Once.
    template <typename Work>
    void Do(Work work) {
      asio::post(executor_,
                 [connection = std::move(connection_), work = std::move(work)]() mutable { work(*connection); });
    }

   private:
    std::shared_ptr<BasicConnection> connection_;
    typename Stream::executor_type executor_;
  };

  template <typename Duration>
  void SetTimeout(Duration duration) {
    beast::get_lowest_layer(stream_).expires_after(duration);
  }

  // Whether what came is no HTTP; not, that nothing more came.
  static bool IsOfHttp(Error error) {
    return error.category() == Error(beast::http::error::bad_method).category() &&
           error != beast::http::error::end_of_stream && error != beast::http::error::partial_message;
  }

  void GiveBytesBack() {
    host_.GiveBytesBack(num_bytes_);
    num_bytes_ = 0;
  }

  bool TakeBytes(size_t bytes) {
    const bool taken = host_.TakeBytes(bytes, num_bytes_);
    if (taken) num_bytes_ += bytes;
    return taken;
  }

  void AwaitRequest() {
    GiveBytesBack();
    if (host_.is_draining()) return Close();
    host_.StartWaiting(*this);
    if (buffer_.size() > 0) return ReadHead();
    SetTimeout(kIdleTime);
    stream_.async_read_some(buffer_.prepare(kReadBytes),
                            [self = this->shared_from_this()](Error error, size_t num_read) {
                              if (error) return self->Close();
                              self->buffer_.commit(num_read);
                              self->ReadHead();
                            });
  }

  void ReadHead() {
    // Empty lines before a request.
    while (buffer_.size() > 0 && IsLineEnd(*static_cast<const char*>(buffer_.data().data()))) buffer_.consume(1);
    head_parser_.emplace();
    head_parser_->header_limit(kMaxHeadBytes);
    head_parser_->body_limit(kNoLimit);
    SetTimeout(kHeadTime);
    beast::http::async_read_header(stream_, buffer_, *head_parser_,
                                   [self = this->shared_from_this()](Error error, size_t) { self->OnHead(error); });
  }

  static bool IsLineEnd(char c) { return c == '\r' || c == '\n'; }

  void OnHead(Error error) {
    host_.StopWaiting(*this);
    has_rest_ = true;
    closes_ = true;
    accepts_body_ = true;
    path_.clear();
    if (error == beast::http::error::header_limit || error == beast::http::error::buffer_overflow) {
      return Write(MakeErrorResponse(431, "resource_exhausted", "the head of the request is too long"));
    }
    if (IsOfHttp(error)) return WriteMalformed();
    if (error) return Close();
    const auto& head = head_parser_->get();
    has_rest_ = !head_parser_->is_done();
    closes_ = !head.keep_alive();
    takes_chunks_ = head.version() > 10;
    accepts_body_ = head.method() != beast::http::verb::head;
    // Responses to older clients end with the connection.
    closes_ = closes_ || !takes_chunks_;
    Request request = ToRequest(head);
    request.peer = peer_;
    path_ = request.path;
    if (!HasKnownFraming(head)) {
      closes_ = true;
      return Write(
          MakeErrorResponse(501, "unimplemented", "a body comes with its length, or chunked, and in no other way"));
    }
    if (!host_.MayAsk(budget_)) {
      Response refusal = MakeErrorResponse(429, "resource_exhausted", "too many requests come from this address");
      refusal.fields.Add("Retry-After", "1");
      return Write(std::move(refusal));
    }
    if (std::optional<Response> refusal = host_.handler().Refuse(request); refusal.has_value()) {
      return Write(*std::move(refusal));
    }
    request_ = std::move(request);
    is_upload_ = host_.handler().TakesUpload(request_);
    if (!is_upload_ && head_parser_->content_length().value_or(0) > kMaxBodyBytes) return WriteTooLong();
    const bool waits_for_word = beast::iequals(head[beast::http::field::expect], "100-continue");
    if (waits_for_word && takes_chunks_ && has_rest_) return SendContinue();
    ReadRest();
  }

  // Whether its body ends where everybody else, such as a proxy before us, takes it to end.
  static bool HasKnownFraming(const beast::http::request_header<>& head) {
    using beast::http::field;
    const size_t num_encodings = head.count(field::transfer_encoding);
    if (num_encodings == 0) return true;
    return num_encodings == 1 && head.count(field::content_length) == 0 && head.version() > 10 &&
           beast::iequals(head[field::transfer_encoding], "chunked");
  }

  void SendContinue() {
    static constexpr char kContinue[] = "HTTP/1.1 100 Continue\r\n\r\n";
    SetTimeout(kWriteTime);
    asio::async_write(stream_, asio::buffer(kContinue, sizeof(kContinue) - 1),
                      [self = this->shared_from_this()](Error error, size_t) {
                        if (error) return self->Close();
                        self->ReadRest();
                      });
  }

  void ReadRest() {
    body_parser_.emplace(*std::move(head_parser_));
    SetTimeout(kBodyTime);
    if (is_upload_) return BeginUpload();
    body_parser_->body_limit(kMaxBodyBytes);
    ReadBody();
  }

  // Reads a part of the body, or of an upload.
  template <typename OnPart>
  void ReadPart(OnPart on_part) {
    part_.resize(std::min<uint64_t>(body_parser_->content_length_remaining().value_or(kReadBytes), kUploadPartBytes));
    body_parser_->get().body().data = part_.data();
    body_parser_->get().body().size = part_.size();
    body_parser_->get().body().more = true;
    beast::http::async_read_some(stream_, buffer_, *body_parser_,
                                 [self = this->shared_from_this(), on_part](Error error, size_t) {
                                   if (error == beast::http::error::need_buffer) error = {};
                                   if (!error) {
                                     self->part_.resize(self->part_.size() - self->body_parser_->get().body().size);
                                   }
                                   ((*self).*on_part)(error);
                                 });
  }

  void ReadBody() {
    if (!body_parser_->is_done()) return ReadPart(&BasicConnection::OnBodyPart);
    has_rest_ = false;
    host_.handler().Handle(std::move(request_), MakeRespond());
  }

  void OnBodyPart(Error error) {
    if (error == beast::http::error::body_limit) return WriteTooLong();
    if (IsOfHttp(error)) return WriteMalformed();
    if (error) return Close();
    if (!TakeBytes(part_.size())) return WriteBusy();
    request_.body += part_;
    ReadBody();
  }

  // The response comes on any thread.
  Respond MakeRespond() {
    return [here = Here(*this)](Response response) mutable {
      here.Do([response = std::move(response)](BasicConnection& self) mutable { self.Write(std::move(response)); });
    };
  }

  void BeginUpload() {
    body_parser_->body_limit(kNoLimit);
    upload_ = host_.handler().BeginUpload(request_, MakeRespond());
    ReadUpload();
  }

  void ReadUpload() {
    if (upload_ == nullptr) return;
    if (body_parser_->is_done()) {
      has_rest_ = false;
      return upload_->Finish();
    }
    SetTimeout(kBodyTime);
    reads_upload_ = true;
    ReadPart(&BasicConnection::OnUploadPart);
  }

  void OnUploadPart(Error error) {
    reads_upload_ = false;
    if (error) return Close();
    if (upload_ == nullptr) {
      if (is_finished_) DropWhatComes();
      return;
    }
    if (part_.empty()) return ReadUpload();
    upload_->Take(std::move(part_),
                  [here = Here(*this)]() mutable { here.Do([](BasicConnection& self) { self.ReadUpload(); }); });
    part_.clear();
  }

  void WriteMalformed() {
    closes_ = true;
    Write(MakeErrorResponse(400, "invalid_argument", "this is no HTTP request"));
  }

  void WriteTooLong() {
    closes_ = true;
    Write(MakeErrorResponse(413, "resource_exhausted", "the body of a request is at most 1 MiB"));
  }

  void WriteBusy() {
    request_.body.clear();
    Write(MakeErrorResponse(503, "unavailable", "too much is being sent at the same time; try again"));
  }

  void Write(Response response) {
    if (!beast::get_lowest_layer(stream_).socket().is_open()) return;
    upload_.reset();
    // What has not been read stands in the way of the next request.
    closes_ = closes_ || has_rest_ || response.stream != nullptr || host_.is_draining();
    // Those of the request.
    GiveBytesBack();
    if (response.stream == nullptr && !TakeBytes(response.body.size())) return WriteBusy();
    host_.handler().OnResponse(path_, response.status);
    if (response.stream != nullptr) return WriteStream(std::move(response));
    response_.emplace();
    FillHead(response, *response_);
    response_->keep_alive(!closes_);
    response_->body() = std::move(response.body);
    response_->prepare_payload();
    if (!accepts_body_) response_->body().clear();
    SetTimeout(kWriteTime);
    beast::http::async_write(stream_, *response_, [self = this->shared_from_this()](Error error, size_t) {
      self->response_.reset();
      if (error) return self->Close();
      if (self->closes_) return self->Finish();
      self->AwaitRequest();
    });
  }

  void WriteStream(Response response) {
    stream_head_.emplace();
    FillHead(response, *stream_head_);
    stream_head_->keep_alive(false);
    stream_head_->chunked(takes_chunks_);
    body_stream_ = std::move(response.stream);
    head_writer_.emplace(*stream_head_);
    SetTimeout(kWriteTime);
    beast::http::async_write_header(stream_, *head_writer_, [self = this->shared_from_this()](Error error, size_t) {
      if (error) return self->Close();
      self->WatchForEnd();
      self->AskForPart();
    });
  }

  // Reads while a body is streamed, to see when the other end has gone.
  void WatchForEnd() {
    beast::get_lowest_layer(stream_).expires_never();
    part_.resize(kReadBytes);
    stream_.async_read_some(asio::buffer(part_), [self = this->shared_from_this()](Error error, size_t) {
      if (error) return self->Close();
      self->WatchForEnd();
    });
  }

  void AskForPart() {
    if (body_stream_ == nullptr) return;
    body_stream_->Next([here = Here(*this)](std::optional<std::string> part) mutable {
      here.Do([part = std::move(part)](BasicConnection& self) mutable { self.OnPart(std::move(part)); });
    });
  }

  void OnPart(std::optional<std::string> part) {
    if (body_stream_ == nullptr) return;
    const bool is_last = !part.has_value();
    out_ = std::move(part).value_or("");
    SetTimeout(kWriteTime);
    const auto written = [self = this->shared_from_this(), is_last](Error error, size_t) {
      if (error) return self->Close();
      if (is_last) return self->Finish();
      self->AskForPart();
    };
    if (!takes_chunks_) return asio::async_write(stream_, asio::buffer(out_), written);
    if (is_last) return asio::async_write(stream_, beast::http::make_chunk_last(), written);
    asio::async_write(stream_, beast::http::make_chunk(asio::buffer(out_)), written);
  }

  // Closes the connection so that the other end reads what was written: it may still be sending.
  void Finish() {
    // Of a body that was streamed: it has been read, and what comes was read meanwhile.
    if (body_stream_ != nullptr) return Close();
    SetTimeout(kLingerTime);
    is_finished_ = true;
    if constexpr (kIsTls) {
      if (!reads_upload_) stream_.async_shutdown([self = this->shared_from_this()](Error) { self->Close(); });
    } else {
      Error ignored;
      stream_.socket().shutdown(Socket::shutdown_send, ignored);
      if (!reads_upload_) DropWhatComes();
    }
  }

  void DropWhatComes() {
    buffer_.clear();
    stream_.async_read_some(buffer_.prepare(kReadBytes), [self = this->shared_from_this()](Error error, size_t) {
      if (error) return self->Close();
      self->DropWhatComes();
    });
  }

  ConnectionHost& host_;
  const std::string budget_;
  const std::shared_ptr<Peer> peer_ = std::make_shared<Peer>();
  Stream stream_;
  beast::flat_buffer buffer_{kMaxBufferBytes};
  size_t num_bytes_ = 0;  // Of bodies, as the host counts them.

  // Of the request at hand.
  std::optional<Parser<beast::http::empty_body>> head_parser_;
  std::optional<Parser<beast::http::buffer_body>> body_parser_;
  std::unique_ptr<Upload> upload_;
  Request request_;
  std::string path_;  // Of the request, which is passed on before its response comes.
  std::string part_;
  bool is_upload_ = false;
  bool has_rest_ = false;      // Something of it is still to be read.
  bool closes_ = false;        // The connection ends with its response.
  bool takes_chunks_ = true;   // Who sent it knows chunked bodies.
  bool reads_upload_ = false;  // A part of it is being read.
  bool is_finished_ = false;   // The connection ends, and what comes is dropped.
  bool accepts_body_ = true;   // The response has a body.

  // Of its response.
  std::optional<beast::http::response<beast::http::string_body>> response_;
  std::optional<beast::http::response<beast::http::empty_body>> stream_head_;
  std::optional<beast::http::response_serializer<beast::http::empty_body>> head_writer_;
  std::unique_ptr<BodyStream> body_stream_;
  std::string out_;
};

}  // namespace zeus::bso::http

#endif  // ZEUS_BSO_SERVER_HTTP_LISTENER_BASIC_CONNECTION_H_
