#include "tests/fuzz/player.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "grpcpp/create_channel.h"
#include "grpcpp/security/credentials.h"
#include "model/limits.h"
#include "server/service/sweeper.h"
#include "spdlog/spdlog.h"
#include "storage/keys.h"
#include "tests/fuzz/finding.h"
#include "tests/support/engine_rows.h"
#include "tests/support/test_store.h"
#include "zeus/bso/v1/batch_size_optimizer.pb.h"

namespace zeus::bso::fuzz {
namespace {

constexpr size_t kMaxListeners = 4;
// A few seconds of silence are many, and a few running trials.
constexpr Limits kLimits = {.timeouts = {.default_timeout = absl::Seconds(10), .grace = absl::ZeroDuration()},
                            .max_running_trials = 8};
const absl::Time kStart = absl::FromUnixSeconds(1700000000);

bool IsKeyedByUid(storage::Table table) {
  return std::find(storage::kTablesOfAJob.begin(), storage::kTablesOfAJob.end(), table) != storage::kTablesOfAJob.end();
}

}  // namespace

Player::Player() {
  spdlog::set_level(spdlog::level::off);
  auto engine = std::make_unique<testing::MemoryEngine>();
  engine_ = engine.get();
  store_ =
      *storage::Store::Open(std::move(engine),
                            // Without a cache, so that rows that are written behind its back are read.
                            storage::StoreOptions{.durability = storage::Durability::kAsync, .job_cache_bytes = 0});
  const std::string address = "unix:" + (socket_directory_ / "socket");
  server_ = *Server::Start({.listen = {address},
                            .reflection = false,
                            .clock = [this] { return kStart + absl::Seconds(now_.load()); },
                            .serving_clock = [this] { return kStart + absl::Seconds(now_.load()); },
                            .limits = kLimits},
                           *store_);
  // gRPC's channel within a process, which is a little faster, leaks a call that the server ends.
  channel_ = grpc::CreateChannel(address, grpc::InsecureChannelCredentials());
}

void Player::Play(const Script& script, Rows rows) {
  rows_ = rows;
  now_ = 0;
  for (const Step& step : script) {
    PlayStep(step);
    ++now_;
  }
  EndTalk();
  // Does what is due once, and then ends.
  Sweeper(
      *store_, [] { return kStart + absl::Hours(1); }, kLimits, std::make_shared<Memory>(), [](const std::string&) {});
  if (!listeners_.empty()) {
    // Of own rows a deletion ends every watch, having told of all that came before.
    if (rows_ == Rows::kOwn) DeleteAllJobs();
    for (Listener& listener : listeners_) {
      if (rows_ == Rows::kHostile) listener.stream->Cancel();
      EndListener(listener);
    }
    listeners_.clear();
  }
  LoseAllRows();
  store_->SetNothingDueBefore(absl::InfinitePast());
}

void Player::LoseAllRows() {
  engine_->LoseAll();
  while (!store_->health().ok()) absl::SleepFor(absl::Microseconds(20));
}

void Player::PlayStep(const Step& step) {
  const Verb& verb = *step.verb;
  if (verb.writes_row()) return WriteRow(verb, step.payload);
  if (verb.method->client_streaming()) return Say(verb, step.payload);
  if (verb.method->server_streaming()) return Listen(verb, step.payload);
  Call(verb, step.payload);
}

void Player::Call(const Verb& verb, const std::string& request) {
  const RawAnswer answer = CallUnary(channel_, *verb.method, request);
  if (!verb.NewMessage()->ParseFromString(request)) {
    return Expect(IsRefusedByGrpc(answer.status), absl::StrCat(verb.name, " answers to what is no request"));
  }
  CheckStatus(answer.status, rows_);
  if (answer.status.ok()) CheckResponse(*verb.method, answer.response, rows_);
}

void Player::Listen(const Verb& verb, const std::string& request) {
  if (listeners_.size() == kMaxListeners) {
    listeners_.front().stream->Cancel();
    while (listeners_.front().stream->Read().has_value()) {
    }
    listeners_.front().stream->Finish();
    listeners_.pop_front();
  }
  auto stream = std::make_unique<RawStream>(channel_, *verb.method);
  stream->Write(request);
  stream->WritesDone();
  if (verb.NewMessage()->ParseFromString(request)) {
    listeners_.push_back({.stream = std::move(stream), .method = verb.method});
    return;
  }
  Expect(!stream->Read().has_value() && IsRefusedByGrpc(stream->Finish()),
         absl::StrCat(verb.name, " answers to what is no request"));
}

void Player::EndListener(Listener& listener) {
  std::vector<std::string> messages;
  while (std::optional<std::string> message = listener.stream->Read()) {
    CheckResponse(*listener.method, *message, rows_);
    messages.push_back(*std::move(message));
  }
  const grpc::Status status = listener.stream->Finish();
  if (rows_ == Rows::kHostile && status.error_code() == grpc::StatusCode::CANCELLED) return;
  CheckStatus(status, rows_);
  if (rows_ == Rows::kOwn && listener.method->output_type() == v1::JobEvent::descriptor()) CheckEvents(messages);
}

void Player::Say(const Verb& verb, const std::string& message) {
  if (talk_.method != verb.method) EndTalk();
  if (talk_.stream == nullptr) talk_ = {std::make_unique<RawStream>(channel_, *verb.method), verb.method};
  const bool goes_on = talk_.stream->Write(message);
  if (goes_on && !verb.method->server_streaming()) return;  // Answered when it is over.
  if (const std::optional<std::string> response = talk_.stream->Read(); response.has_value()) {
    return CheckResponse(*verb.method, *response, rows_);
  }
  CheckStatus(talk_.stream->Finish(), rows_);
  talk_ = {};
}

void Player::EndTalk() {
  if (talk_.stream == nullptr) return;
  talk_.stream->WritesDone();
  while (const std::optional<std::string> response = talk_.stream->Read()) {
    CheckResponse(*talk_.method, *response, rows_);
  }
  CheckStatus(talk_.stream->Finish(), rows_);
  talk_ = {};
}

void Player::DeleteAllJobs() {
  std::vector<std::string> job_ids;
  const absl::Status scanned = store_->Begin().ScanJobs("", "", [&](const Job& job, const std::optional<JobSummary>&) {
    job_ids.push_back(job.spec.job_id);
    return true;
  });
  Expect(scanned.ok(), scanned.ToString());
  for (const std::string& job_id : job_ids) {
    const absl::Status deleted =
        testing::Transact(*store_, [&](storage::Session& session) { return session.DeleteJob(job_id).status(); });
    Expect(deleted.ok(), deleted.ToString());
  }
}

void Player::WriteRow(const Verb& verb, const std::string& payload) {
  const RowPayload row = ParseRowPayload(payload);
  std::vector<std::string> keys;
  const auto collect = [&keys](absl::string_view key, absl::string_view) {
    keys.emplace_back(key);
    return true;
  };
  Expect(engine_->TakeSnapshot()->Scan(verb.table, "", "", collect).ok(), "a scan fails");
  std::string key = keys.empty() ? std::string(storage::kUidBytes, '\0') : keys[row.row % keys.size()];
  if (!row.suffix.empty()) {
    if (IsKeyedByUid(verb.table)) {
      key = absl::StrCat(key.substr(0, storage::kUidBytes), row.suffix);
    } else {
      key = std::string(row.suffix);
    }
  }
  Expect(testing::PutRow(*engine_, verb.table, key, row.value).ok(), "a put fails");
}

}  // namespace zeus::bso::fuzz
