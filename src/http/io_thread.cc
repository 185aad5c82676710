#include "http/io_thread.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/random.h"
#include "http/connection.h"
#include "http/response_head.h"

namespace sluice::http {

namespace {

constexpr std::size_t kReadBufferBytes = 64 * 1024;
constexpr std::size_t kFreeRequestsMax = 64;
constexpr std::size_t kKeptBodyBytesMax = 64 * 1024;
/// A closing connection's client may take so long to read the last answer.
constexpr int kLingerTimeoutMs = 10'000;
/// A client that ended its side may mean "no more requests": it gets an answer that comes so soon.
/// Later it is taken for gone, so that nobody's long polls hold connections of the living.
constexpr int kHungUpTimeoutMs = 1'000;
constexpr int kTickMsMin = 5;
constexpr int kTickMsMax = 250;
/// Time limits are kept to within this part of the shortest one.
constexpr int kTicksPerTimeout = 8;

int TickMs(const Limits& limits) {
  int shortest = std::min({limits.head_timeout_ms, limits.body_timeout_ms, limits.idle_timeout_ms,
                           limits.write_timeout_ms});
  return std::clamp(shortest / kTicksPerTimeout, kTickMsMin, kTickMsMax);
}

}  // namespace

TransportMetrics::TransportMetrics(MetricRegistry* registry, const std::string& listener) {
  if (registry == nullptr) {
    own_ = std::make_unique<MetricRegistry>();
    registry = own_.get();
  }
  std::string label = "listener=\"" + listener + "\"";
  for (std::size_t i = 0; i < responses_by_class.size(); ++i) {
    // No answer has a status below 200 but the interim ones, which are not counted.
    std::size_t shown = std::max<std::size_t>(i, 2);
    responses_by_class[i] =
        &registry->Get(MetricKind::kCounter, "sluice_http_requests_total", "Requests answered",
                       label + ",code=\"" + std::to_string(shown) + "xx\"");
  }
  connections =
      &registry->Get(MetricKind::kGauge, "sluice_http_connections", "Open connections", label);
  connections_limit = &registry->Get(MetricKind::kGauge, "sluice_http_connections_limit",
                                     "Connections that may be open at one time", label);
  connections_total = &registry->Get(MetricKind::kCounter, "sluice_http_connections_total",
                                     "Connections accepted", label);
  connections_evicted =
      &registry->Get(MetricKind::kCounter, "sluice_http_connections_evicted_total",
                     "Connections closed to make room for new ones", label);
  connections_refused = &registry->Get(
      MetricKind::kCounter, "sluice_http_connections_refused_total",
      "Connections closed at once: too many, and each with a request under way", label);
  escaped_exceptions = &registry->Get(MetricKind::kCounter, "sluice_http_escaped_exceptions_total",
                                      "Exceptions that left a handler; each is a bug", label);
  pool_refusals = &registry->Get(MetricKind::kCounter, "sluice_http_pool_refusals_total",
                                 "Requests refused because too many wait for a thread", label);
  answer_bytes = &registry->Get(MetricKind::kGauge, "sluice_http_answer_bytes",
                                "Memory taken by long answers on their way to clients", label);
  untaken_bytes =
      &registry->Get(MetricKind::kGauge, "sluice_http_untaken_bytes",
                     "Memory taken by small answers that their clients do not take", label);
  answers_waiting = &registry->Get(MetricKind::kGauge, "sluice_http_answers_waiting",
                                   "Long answers that wait for memory", label);
  answer_refusals =
      &registry->Get(MetricKind::kCounter, "sluice_http_answer_refusals_total",
                     "Long answers refused because others took all the memory for them", label);
  answers_broken =
      &registry->Get(MetricKind::kCounter, "sluice_http_answers_broken_total",
                     "Answers cut off by the end of the connection: they could not be read", label);
  answers_untaken =
      &registry->Get(MetricKind::kCounter, "sluice_http_answers_untaken_total",
                     "Connections closed because the client did not take its answer", label);
}

RequestIdSource::RequestIdSource() {
  std::string seed = SecureRandomBytes(sizeof(state_));
  std::memcpy(state_.data(), seed.data(), sizeof(state_));
}

/// xoshiro256**: the sequence of a secret seed does not repeat in the life of any process.
std::uint64_t RequestIdSource::Next() {
  auto rotate = [](std::uint64_t x, unsigned by) { return x << by | x >> (64 - by); };
  std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
  std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = rotate(state_[3], 45);
  return result;
}

void RequestIdSource::Make(std::string* id) {
  constexpr std::string_view kForm = "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx";
  constexpr std::string_view kDigits = "0123456789abcdef";
  id->assign(kForm);
  std::uint64_t bits = 0;
  unsigned left = 0;
  for (char& c : *id) {
    if (c == '-' || c == '4') continue;
    if (left == 0) {
      bits = Next();
      left = 16;
    }
    std::uint64_t digit = bits & 15u;
    c = kDigits[c == 'y' ? (digit & 3u) | 8u : digit];
    bits >>= 4;
    --left;
  }
}

IoThread::IoThread(ServerShared* shared)
    : shared_(shared), mailbox_(std::make_shared<Mailbox>(&reactor_)) {
  read_buffer_.resize(kReadBufferBytes);
  date_ = FormatHttpDate(clock_.WallMs());
}

IoThread::~IoThread() { Join(); }

void IoThread::Start() {
  reactor_.Every(TickMs(shared_->options.limits), [this] { Tick(); });
  thread_ = std::thread([this] {
    id_ = std::this_thread::get_id();
    reactor_.Run();
  });
}

void IoThread::Join() {
  mailbox_->Close();
  if (!thread_.joinable()) return;
  reactor_.Stop();
  thread_.join();
  for (auto& list : slots_) list.clear();
}

void IoThread::Adopt(UniqueFd fd, std::string remote_address) {
  Phase phase = Phase::kIdle;
  ListOf(phase).push_back(Slot{nullptr, phase, 0, 0});
  SlotRef slot = std::prev(ListOf(phase).end());
  slot->connection =
      std::make_shared<Connection>(this, slot, std::move(fd), std::move(remote_address));
  Move(slot, phase);
  slot->connection->Start();
}

bool IoThread::Park(const std::shared_ptr<Connection>& connection) {
  const Limits& limits = shared_->options.limits;
  if (shared_->answers_waiting.fetch_add(1) >= limits.answers_waiting) {
    shared_->answers_waiting.fetch_sub(1);
    return false;
  }
  shared_->metrics.answers_waiting->Add();
  parked_.push_back(
      {connection, connection->sequence(), clock_.MonotonicMs() + limits.answer_wait_ms});
  return true;
}

/// Room is looked for at ticks: whoever gives it back is often on another thread.
void IoThread::ServeParked(std::int64_t now_ms) {
  // What goes on may park again: only those that wait now are looked at.
  for (std::size_t left = parked_.size(); left > 0; --left) {
    std::shared_ptr<Connection> connection = parked_.front().connection.lock();
    bool is_over = parked_.front().deadline_ms <= now_ms;
    if (connection != nullptr && connection->IsParked(parked_.front().sequence) &&
        !connection->TryBeginSource()) {
      if (!is_over) return;
    } else {
      is_over = false;
    }
    parked_.pop_front();
    shared_->answers_waiting.fetch_sub(1);
    shared_->metrics.answers_waiting->Add(-1);
    if (is_over) connection->RefuseSource();
  }
}

void IoThread::CloseLongestUntaken() {
  for (const Slot& slot : ListOf(Phase::kWriting)) {
    if (!slot.connection->holds_untaken()) continue;
    shared_->metrics.answers_untaken->Add();
    std::shared_ptr<Connection> connection = slot.connection;
    connection->Close();
    return;
  }
}

std::int64_t IoThread::TimeoutMs(Phase phase) const {
  const Limits& limits = shared_->options.limits;
  switch (phase) {
    case Phase::kIdle:
      return limits.idle_timeout_ms;
    case Phase::kHead:
      return limits.head_timeout_ms;
    case Phase::kBody:
      return limits.body_timeout_ms;
    case Phase::kWriting:
      return limits.write_timeout_ms;
    case Phase::kLingering:
      return kLingerTimeoutMs;
    case Phase::kHungUp:
      return kHungUpTimeoutMs;
    case Phase::kHandling:
      break;
  }
  return 0;
}

void IoThread::Move(SlotRef slot, Phase phase) {
  std::list<Slot>& to = ListOf(phase);
  to.splice(to.end(), ListOf(slot->phase), slot);
  slot->phase = phase;
  slot->since_ms = clock_.MonotonicMs();
  slot->deadline_ms = slot->since_ms + TimeoutMs(phase);
  PublishOldest();
}

void IoThread::Forget(SlotRef slot) {
  std::shared_ptr<Connection> last = std::move(slot->connection);
  ListOf(slot->phase).erase(slot);
  PublishOldest();
}

void IoThread::PublishOldest() {
  std::int64_t oldest = kNoneWaiting;
  for (Phase phase :
       {Phase::kIdle, Phase::kHead, Phase::kBody, Phase::kHungUp, Phase::kLingering}) {
    if (!ListOf(phase).empty()) oldest = std::min(oldest, ListOf(phase).front().since_ms);
  }
  if (oldest != oldest_waiting_ms_.load(std::memory_order_relaxed)) oldest_waiting_ms_ = oldest;
}

void IoThread::EvictLongestWaiting() {
  // One that is closing anyway goes first, then one between requests, then a slow sender.
  for (Phase phase :
       {Phase::kLingering, Phase::kHungUp, Phase::kIdle, Phase::kHead, Phase::kBody}) {
    if (ListOf(phase).empty()) continue;
    shared_->metrics.connections_evicted->Add();
    std::shared_ptr<Connection> connection = ListOf(phase).front().connection;
    connection->Close();
    return;
  }
}

void IoThread::CloseWaiting() {
  for (Phase phase : {Phase::kIdle, Phase::kLingering}) {
    while (!ListOf(phase).empty()) {
      std::shared_ptr<Connection> connection = ListOf(phase).front().connection;
      connection->Close();
    }
  }
}

void IoThread::CloseAll() {
  for (auto& list : slots_) {
    while (!list.empty()) {
      std::shared_ptr<Connection> connection = list.front().connection;
      connection->Close();
    }
  }
}

/// Lists are in the order of their deadlines, so only those that are over are looked at.
void IoThread::Tick() {
  if (on_tick_) on_tick_();
  date_ = FormatHttpDate(clock_.WallMs());
  std::int64_t now_ms = clock_.MonotonicMs();
  for (Phase phase : {Phase::kIdle, Phase::kHead, Phase::kBody, Phase::kHungUp, Phase::kWriting,
                      Phase::kLingering}) {
    std::list<Slot>& list = ListOf(phase);
    while (!list.empty() && list.front().deadline_ms <= now_ms) {
      std::shared_ptr<Connection> connection = list.front().connection;
      connection->OnDeadline();
    }
  }
  ServeParked(now_ms);
}

std::unique_ptr<Request> IoThread::TakeRequest() {
  if (free_requests_.empty()) return std::make_unique<Request>();
  std::unique_ptr<Request> request = std::move(free_requests_.back());
  free_requests_.pop_back();
  return request;
}

void IoThread::GiveBack(std::unique_ptr<Request> request) {
  if (free_requests_.size() == kFreeRequestsMax) return;
  if (request->body.capacity() > kKeptBodyBytesMax) return;
  free_requests_.push_back(std::move(request));
}

}  // namespace sluice::http
