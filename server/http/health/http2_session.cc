#include "server/http/health/http2_session.h"

#include <algorithm>
#include <array>
#include <vector>

#include "server/http/health/bounds.h"

namespace zeus::bso::http::health {
namespace {

constexpr int kDropConnection = NGHTTP2_ERR_CALLBACK_FAILURE;

// The fields of `list`, which must outlive them.
std::vector<nghttp2_nv> ToNghttp2(const HeaderList& list) {
  const auto bytes = [](const std::string& text) {
    return reinterpret_cast<uint8_t*>(const_cast<char*>(text.data()));  // nghttp2 copies them.
  };
  std::vector<nghttp2_nv> fields;
  fields.reserve(list.size());
  for (const auto& [name, value] : list) {
    fields.push_back({bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE});
  }
  return fields;
}

absl::string_view View(const uint8_t* bytes, size_t length) { return {reinterpret_cast<const char*>(bytes), length}; }

bool EndsStream(const nghttp2_frame& frame) {
  return (frame.hd.type == NGHTTP2_HEADERS || frame.hd.type == NGHTTP2_DATA) &&
         (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
}

struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};
struct CallbacksDeleter {
  void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
};

std::unique_ptr<nghttp2_option, OptionDeleter> MakeOption() {
  nghttp2_option* made = nullptr;
  nghttp2_option_new(&made);
  std::unique_ptr<nghttp2_option, OptionDeleter> option(made);
  nghttp2_option_set_max_continuations(made, kMaxContinuations);
  nghttp2_option_set_stream_reset_rate_limit(made, kMaxResetsAtOnce, kResetsPerSecond);
  return option;
}

constexpr std::array<nghttp2_settings_entry, 3> kSettings = {{{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxCalls},
                                                              {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kMaxHeadBytes},
                                                              {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}}};

}  // namespace

// `user` is the session.
struct Http2Session::Callbacks {
  static Http2Session& Self(void* user) { return *static_cast<Http2Session*>(user); }

  static int OnBeginFrame(nghttp2_session*, const nghttp2_frame_hd*, void* user) {
    return Self(user).budget_.TakeItem() ? 0 : kDropConnection;
  }

  static int OnBeginHeaders(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Session& self = Self(user);
    if (frame->headers.cat == NGHTTP2_HCAT_REQUEST) self.calls_.try_emplace(frame->hd.stream_id, self.is_ready_);
    return 0;
  }

  static int OnHeader(nghttp2_session*, const nghttp2_frame* frame, const uint8_t* name, size_t name_length,
                      const uint8_t* value, size_t value_length, uint8_t, void* user) {
    Http2Call* const call = Self(user).Find(frame->hd.stream_id);
    if (call == nullptr) return 0;
    return call->AddHeader(View(name, name_length), View(value, value_length)) ? 0 : kDropConnection;
  }

  static int OnData(nghttp2_session*, uint8_t, int32_t stream, const uint8_t* bytes, size_t length, void* user) {
    Http2Call* const call = Self(user).Find(stream);
    if (call == nullptr) return 0;
    call->AddData(View(bytes, length));
    Self(user).AnswerIfPossible(stream, *call);
    return 0;
  }

  static int OnFrame(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Call* const call = Self(user).Find(frame->hd.stream_id);
    if (call == nullptr) return 0;
    if (EndsStream(*frame)) call->EndRequest();
    if (frame->hd.type == NGHTTP2_HEADERS || EndsStream(*frame)) {
      Self(user).AnswerIfPossible(frame->hd.stream_id, *call);
    }
    return 0;
  }

  // Asks for no more of a request that was answered before its end.
  static int OnSent(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    const Http2Call* const call = Self(user).Find(frame->hd.stream_id);
    if (call == nullptr || call->has_ended() || !EndsStream(*frame)) return 0;
    return nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id, NGHTTP2_NO_ERROR);
  }

  static int OnClosed(nghttp2_session*, int32_t stream, uint32_t, void* user) {
    Self(user).calls_.erase(stream);
    return 0;
  }

  static ssize_t ReadBody(nghttp2_session* session, int32_t stream, uint8_t* to, size_t length, uint32_t* flags,
                          nghttp2_data_source* source, void*) {
    Http2Call& call = *static_cast<Http2Call*>(source->ptr);
    const size_t read = call.ReadBody(reinterpret_cast<char*>(to), length);
    if (!call.is_whole()) return read > 0 ? static_cast<ssize_t>(read) : NGHTTP2_ERR_DEFERRED;
    *flags |= NGHTTP2_DATA_FLAG_EOF;
    if (!call.trailers().empty()) {
      *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
      const std::vector<nghttp2_nv> trailers = ToNghttp2(call.trailers());
      if (nghttp2_submit_trailer(session, stream, trailers.data(), trailers.size()) != 0) return kDropConnection;
    }
    return static_cast<ssize_t>(read);
  }

  static std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter> Make() {
    nghttp2_session_callbacks* made = nullptr;
    nghttp2_session_callbacks_new(&made);
    nghttp2_session_callbacks_set_on_begin_frame_callback(made, OnBeginFrame);
    nghttp2_session_callbacks_set_on_begin_headers_callback(made, OnBeginHeaders);
    nghttp2_session_callbacks_set_on_header_callback(made, OnHeader);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made, OnData);
    nghttp2_session_callbacks_set_on_frame_recv_callback(made, OnFrame);
    nghttp2_session_callbacks_set_on_frame_send_callback(made, OnSent);
    nghttp2_session_callbacks_set_on_stream_close_callback(made, OnClosed);
    return std::unique_ptr<nghttp2_session_callbacks, CallbacksDeleter>(made);
  }
};

// Making a session fails for lack of memory only.
Http2Session::Http2Session(const bool& is_ready) : is_ready_(is_ready) {
  nghttp2_session* session = nullptr;
  nghttp2_session_server_new2(&session, Callbacks::Make().get(), this, MakeOption().get());
  session_.reset(session);
  nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, kSettings.data(), kSettings.size());
}

Http2Call* Http2Session::Find(int32_t stream) {
  const auto found = calls_.find(stream);
  return found != calls_.end() ? &found->second : nullptr;
}

void Http2Session::AnswerIfPossible(int32_t stream, Http2Call& call) {
  if (!call.CanAnswer()) return;
  const Http2Call::Answer answer = call.Begin();
  const std::vector<nghttp2_nv> head = ToNghttp2(answer.head);
  const nghttp2_data_provider body{.source = {.ptr = &call}, .read_callback = Callbacks::ReadBody};
  nghttp2_submit_response(session_.get(), stream, head.data(), head.size(), answer.has_body ? &body : nullptr);
  ++num_answers_;
}

void Http2Session::Take(absl::string_view bytes) {
  if (has_failed_) return;
  const auto* const data = reinterpret_cast<const uint8_t*>(bytes.data());
  if (budget_.TakeBytes(bytes.size()) && nghttp2_session_mem_recv(session_.get(), data, bytes.size()) >= 0) return;
  has_failed_ = true;
  nghttp2_session_terminate_session(session_.get(), NGHTTP2_ENHANCE_YOUR_CALM);
}

std::string Http2Session::NextOutput() {
  std::string output;
  while (output.size() < kWriteBytes) {
    const uint8_t* bytes = nullptr;
    const ssize_t length = nghttp2_session_mem_send(session_.get(), &bytes);
    if (length < 0) has_failed_ = true;
    if (length <= 0) break;
    output.append(reinterpret_cast<const char*>(bytes), static_cast<size_t>(length));
  }
  return output;
}

bool Http2Session::is_over() const {
  return has_failed_ ||
         (nghttp2_session_want_read(session_.get()) == 0 && nghttp2_session_want_write(session_.get()) == 0);
}

bool Http2Session::is_watched() const {
  return std::any_of(calls_.begin(), calls_.end(), [](const auto& entry) { return entry.second.is_watch(); });
}

void Http2Session::OnReadiness() {
  for (const auto& [stream, call] : calls_) {
    // Fails for those that have something to send already.
    if (call.is_watch()) nghttp2_session_resume_data(session_.get(), stream);
  }
}

}  // namespace zeus::bso::http::health
