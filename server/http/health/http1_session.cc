#include "server/http/health/http1_session.h"

#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "boost/asio/buffer.hpp"
#include "boost/beast/core/error.hpp"
#include "boost/beast/http/empty_body.hpp"
#include "boost/beast/http/error.hpp"
#include "boost/beast/http/parser.hpp"
#include "boost/beast/http/status.hpp"
#include "server/http/exchange/probe.h"
#include "server/http/health/bounds.h"
#include "server/http/health/item_budget.h"

namespace zeus::bso::http::health {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
using Parser = beast::http::request_parser<beast::http::empty_body>;

absl::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

std::string Print(const Response& response, bool has_body, bool closes) {
  const beast::string_view reason = beast::http::obsolete_reason(static_cast<beast::http::status>(response.status));
  std::string text = absl::StrCat("HTTP/1.1 ", response.status, " ", View(reason), "\r\n");
  for (const auto& [name, value] : response.fields) absl::StrAppend(&text, name, ": ", value, "\r\n");
  absl::StrAppend(&text, "Cache-Control: no-store\r\nContent-Length: ", response.body.size(), "\r\n",
                  closes ? "Connection: close\r\n" : "", "\r\n", has_body ? response.body : "");
  return text;
}

Response Answer(const Parser::value_type& request, bool is_ready) {
  const absl::string_view target = View(request.target());
  const absl::string_view path = target.substr(0, target.find('?'));
  if (!IsProbe(path)) return MakeResponse(404, "text/plain", "not found\n");
  return AnswerProbe(View(request.method_string()), path, is_ready);
}

}  // namespace

class Http1Session::Impl {
 public:
  explicit Impl(const bool& is_ready) : is_ready_(is_ready) {}

  void Take(absl::string_view bytes) {
    if (is_over_) return;
    if (!budget_.TakeBytes(bytes.size())) return RefuseFlood();
    buffer_.append(bytes.data(), bytes.size());
    while (!is_over_ && !buffer_.empty() && TakeRequest()) {
    }
  }

  std::string TakeOutput() { return std::exchange(output_, ""); }
  bool is_over() const { return is_over_; }
  int64_t num_answers() const { return num_answers_; }

 private:
  // Answers the next request, or refuses it. False: its head is not whole.
  bool TakeRequest() {
    if (!parser_.has_value()) {
      parser_.emplace();
      parser_->header_limit(kMaxHeadBytes);
    }
    beast::error_code error;
    const size_t taken = parser_->put(asio::buffer(buffer_), error);
    buffer_.erase(0, taken);
    if (error == beast::http::error::need_more) return false;
    if (error == beast::http::error::header_limit) {
      Refuse(431, "the head of the request is too long\n");
    } else if (error) {
      Refuse(400, "this is no HTTP request\n");
    } else if (!budget_.TakeItem()) {
      RefuseFlood();
    } else {
      AnswerRequest();
    }
    return true;
  }

  void AnswerRequest() {
    const auto& request = parser_->get();
    // A body is not read, so the next request cannot be found behind it.
    is_over_ = !parser_->is_done() || !request.keep_alive() || request.version() < 11;
    const bool has_body = request.method() != beast::http::verb::head;
    output_ += Print(Answer(request, is_ready_), has_body, is_over_);
    ++num_answers_;
    parser_.reset();
  }

  void Refuse(int status, absl::string_view why) {
    is_over_ = true;
    output_ += Print(MakeResponse(status, "text/plain", std::string(why)), /*has_body=*/true, /*closes=*/true);
  }
  void RefuseFlood() { Refuse(429, "too many requests on this connection\n"); }

  const bool& is_ready_;
  ItemBudget budget_;
  std::string buffer_;
  std::optional<Parser> parser_;
  std::string output_;
  bool is_over_ = false;
  int64_t num_answers_ = 0;
};

Http1Session::Http1Session(const bool& is_ready) : impl_(std::make_unique<Impl>(is_ready)) {}

Http1Session::~Http1Session() = default;

void Http1Session::Take(absl::string_view bytes) { impl_->Take(bytes); }

std::string Http1Session::NextOutput() { return impl_->TakeOutput(); }

bool Http1Session::is_over() const { return impl_->is_over(); }

int64_t Http1Session::num_answers() const { return impl_->num_answers(); }

}  // namespace zeus::bso::http::health
