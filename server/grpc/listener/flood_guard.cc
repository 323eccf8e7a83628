#include "server/grpc/listener/flood_guard.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "server/grpc/listener/connection_bounds.h"
#include "spdlog/spdlog.h"

namespace zeus::bso::rpc {
namespace {

// How often to look: so often, and when the process takes so much more memory than at the last look. Fast floods make
// some hundred megabytes a second.
constexpr absl::Duration kGlance = absl::Milliseconds(50);
constexpr int kGlancesPerLook = 5;
constexpr int64_t kMuchMoreMemory = int64_t{32} << 20;

// A peer that has sent less since the last look cannot be over its budget: a call takes some twenty bytes at least.
constexpr uint64_t kQuietBytes = 2048;

// A peer may have thousands of connections. Those that have sent most are looked at, and as many of the others, which
// stand for these.
constexpr size_t kSampleSize = 32;

constexpr absl::Duration kBanTime = absl::Seconds(10);

// How long closing connections may take to help.
constexpr absl::Duration kMostOverMemory = absl::Seconds(5);

int64_t ResidentBytes() {
  int64_t pages = 0;
  int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return resident * sysconf(_SC_PAGESIZE);
}

uint64_t BytesOf(const std::vector<AcceptedSockets::Traffic>& sockets, size_t count) {
  uint64_t bytes = 0;
  for (size_t i = 0; i < count; ++i) bytes += sockets[i].bytes;
  return bytes;
}

void Ban(const std::string& network, const AcceptedSockets::Traffic& example, absl::string_view fault) {
  AcceptedSockets::Instance().Ban(network, absl::Now() + kBanTime);
  spdlog::warn("the connections of {} were closed, and no more are taken for {} s: {}",
               example.name.substr(0, example.name.find(' ')), absl::ToInt64Seconds(kBanTime), std::string(fault));
}

}  // namespace

FloodGuard::FloodGuard(int64_t max_memory_bytes, std::function<void()> end_process)
    : max_memory_bytes_(max_memory_bytes),
      end_process_(std::move(end_process)),
      unanswered_budgets_(kUnansweredPerSecond, kMaxUnanswered),
      wasted_budgets_(kWastedBytesPerSecond, kMaxWastedBytes),
      thread_([this] { Run(); }) {}

FloodGuard::~FloodGuard() {
  {
    absl::MutexLock lock(&mutex_);
    stopping_ = true;
  }
  thread_.join();
}

void FloodGuard::Run() {
  int64_t resident = ResidentBytes();
  int glances = 0;
  while (true) {
    {
      absl::MutexLock lock(&mutex_);
      if (mutex_.AwaitWithTimeout(absl::Condition(&stopping_), kGlance)) return;
    }
    if (++glances < kGlancesPerLook && ResidentBytes() < resident + kMuchMoreMemory) continue;
    Look();
    resident = ResidentBytes();
    glances = 0;
  }
}

void FloodGuard::Look() {
  AllTraffic traffic = AcceptedSockets::Instance().Look();
  std::erase_if(traffic, [](const auto& peer) { return BytesOf(peer.second, peer.second.size()) < kQuietBytes; });
  if (!traffic.empty()) EndThoseOverBudget(traffic);
  if (max_memory_bytes_ > 0) KeepMemory(traffic);
}

void FloodGuard::EndThoseOverBudget(const AllTraffic& traffic) {
  counters_.FindConnections();
  absl::flat_hash_map<std::string, int64_t> refused = AcceptedSockets::Instance().TakeRefusals();
  for (const auto& [network, sockets] : traffic) {
    const std::string fault = FindFault(network, sockets, refused[network]);
    if (!fault.empty()) Ban(network, sockets.front(), fault);
  }
}

void FloodGuard::KeepMemory(const AllTraffic& traffic) {
  if (ResidentBytes() <= max_memory_bytes_) {
    over_memory_since_.reset();
    return;
  }
  const auto worst = std::max_element(traffic.begin(), traffic.end(), [](const auto& a, const auto& b) {
    return BytesOf(a.second, a.second.size()) < BytesOf(b.second, b.second.size());
  });
  if (worst != traffic.end()) {
    Ban(worst->first, worst->second.front(), "they sent most, and the process takes more than --max_memory_mib");
  }
  const absl::Time now = absl::Now();
  if (!over_memory_since_.has_value()) over_memory_since_ = now;
  if (now - *over_memory_since_ < kMostOverMemory || end_process_ == nullptr) return;
  spdlog::error("the process takes more than --max_memory_mib although connections were closed: ending it");
  std::exchange(end_process_, nullptr)();
}

std::string FloodGuard::FindFault(const std::string& network, std::vector<Traffic> sockets, int64_t num_refused) {
  const size_t num_top = std::min(sockets.size(), kSampleSize);
  const auto top_end = sockets.begin() + static_cast<std::ptrdiff_t>(num_top);
  std::partial_sort(sockets.begin(), top_end, sockets.end(),
                    [](const Traffic& a, const Traffic& b) { return a.bytes > b.bytes; });
  Sum sum = LookAt({sockets.data(), num_top}, 1);
  sum.unanswered += static_cast<double>(num_refused);
  // The same ones at each look, so that what they have done is since the last one; by chance, but for that.
  const size_t num_others = std::min(sockets.size() - num_top, kSampleSize);
  const auto others_end = top_end + static_cast<std::ptrdiff_t>(num_others);
  std::partial_sort(top_end, others_end, sockets.end(),
                    [](const Traffic& a, const Traffic& b) { return absl::HashOf(a.name) < absl::HashOf(b.name); });
  if (num_others > 0) {
    const double stands_for = static_cast<double>(sockets.size() - num_top) / static_cast<double>(num_others);
    const Sum others = LookAt({sockets.data() + num_top, num_others}, stands_for);
    sum = {sum.unanswered + others.unanswered, sum.wasted_bytes + others.wasted_bytes};
  }
  const absl::Time now = absl::Now();
  if (!wasted_budgets_.Take(network, now, sum.wasted_bytes)) return "they sent megabytes that are no call";
  if (unanswered_budgets_.Take(network, now, sum.unanswered)) return "";
  return absl::StrCat(
      "they began too many calls that were reset, are of unknown methods, or came without a role, some ",
      static_cast<int64_t>(sum.unanswered), " just now");
}

FloodGuard::Sum FloodGuard::LookAt(std::span<const Traffic> sockets, double stands_for) {
  Sum sum;
  for (const Traffic& socket : sockets) {
    const NewCalls calls = counters_.Look(socket.name, socket.is_new, socket.bytes);
    sum.unanswered += stands_for * static_cast<double>(calls.unanswered);
    sum.wasted_bytes += stands_for * static_cast<double>(calls.wasted_bytes);
  }
  return sum;
}

}  // namespace zeus::bso::rpc
