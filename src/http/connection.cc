#include "http/connection.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"
#include "base/spool.h"

namespace sluice::http {

namespace {

/// So many bytes of answers are written before the next request of a pipeline is looked at.
constexpr std::size_t kJoinedOutputBytesMax = 64 * 1024;
/// What a client may still send after an answer that refused its request.
constexpr std::size_t kDiscardBytesMax = 64u << 20u;
/// Of later requests no more is read once so much is held; the rest stays in the socket.
constexpr std::size_t kAheadBytesMax = 16 * 1024;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// Has a long body wait for its client in a file instead of in memory.
void SpoolBody(Spool* spool, Response* response) {
  Result<SpoolFile> file = spool->Create();
  Result<void> written = file ? file->Append(response->body) : Fail(file.error());
  if (!written) {
    return LogError(LogLevel::kWarning, "a long answer stays in memory", written.error());
  }
  response->source = std::move(*file).Finish();
  response->body = std::string();
}

/// Brings an answer to its connection's thread. Outlives both.
struct AnswerSender {
  std::weak_ptr<Connection> connection;
  std::shared_ptr<Mailbox> mailbox;
  std::thread::id thread;
  std::uint64_t sequence;
  std::size_t held_bytes_max;
  std::shared_ptr<Spool> spool;  ///< null: none

  void operator()(Response response) const {
    if (std::this_thread::get_id() == thread) {
      if (auto alive = connection.lock()) alive->OnAnswer(sequence, std::move(response));
      return;
    }
    if (spool != nullptr && response.body.size() > held_bytes_max) {
      SpoolBody(spool.get(), &response);
    }
    // Another thread never holds the connection itself: the last holder destroys it.
    mailbox->Post([to = connection, number = sequence, answer = std::move(response)]() mutable {
      if (auto alive = to.lock()) alive->OnAnswer(number, std::move(answer));
    });
  }
};

void ReportEscape(ServerShared* shared, const Request& request, const char* what) {
  shared->metrics.escaped_exceptions->Add();
  Log(LogLevel::kError, "exception escaped a handler",
      {{"request_id", request.request_id}, {"path", request.path}, {"detail", what}});
}

/// The last firewall: whatever leaves a handler becomes a 500 and a metric.
void RunGuarded(ServerShared* shared, const Router::Route& route, const Request& request,
                const Responder& responder) {
  try {
    route.handler(request, responder);
    return;
  } catch (const std::exception& exception) {
    ReportEscape(shared, request, exception.what());
  } catch (...) {
    ReportEscape(shared, request, "not a std::exception");
  }
  Response response;
  response.status = Responder::kUnanswered;
  responder.Send(std::move(response));
}

std::string JoinMethods(const std::vector<std::string>& methods) {
  std::string joined;
  for (const std::string& method : methods) joined += (joined.empty() ? "" : ", ") + method;
  return joined;
}

}  // namespace

Connection::Connection(IoThread* thread, IoThread::SlotRef slot, UniqueFd fd,
                       std::string remote_address)
    : thread_(thread),
      slot_(slot),
      parser_(thread->shared().options.limits),
      remote_address_(std::move(remote_address)) {
  TlsContext* tls = thread->shared().tls.get();
  stream_ = tls != nullptr ? tls->MakeStream(fd.get()) : MakePlainStream(fd.get());
  watch_ = thread->reactor().MakeWatch(std::move(fd));
}

void Connection::Start() { watch_->Await(Readiness::kRead, shared_from_this()); }

void Connection::OnReady() {
  if (closed_) return;
  switch (slot_->phase) {
    case Phase::kIdle:
    case Phase::kHead:
    case Phase::kBody:
      return Receive();
    case Phase::kWriting:
      if (Flush() == Flow::kGoOn) AfterWrite();
      return;
    case Phase::kLingering:
      return Discard();
    case Phase::kHandling:
      return ReceiveAhead();
    case Phase::kHungUp:
      return;
  }
}

void Connection::OnDeadline() {
  switch (slot_->phase) {
    case Phase::kHead:
      return FailAndClose({408, ErrorCode::kTimeout, "The request head took too long to arrive"});
    case Phase::kBody:
      return FailAndClose({408, ErrorCode::kTimeout, "The request body took too long to arrive"});
    case Phase::kWriting:
      return CloseUntaken();
    default:
      return Close();
  }
}

void Connection::Close() {
  if (closed_) return;
  closed_ = true;
  awaits_answer_ = false;
  ReleaseRequest();
  ReleaseAnswer();
  watch_->Close();
  ServerShared& shared = thread_->shared();
  shared.connections.fetch_sub(1);
  shared.metrics.connections->Add(-1);
  thread_->Forget(slot_);
}

void Connection::SetPhase(Phase phase) {
  // A head or body has one time limit, however many pieces it comes in.
  if (slot_->phase == phase && phase != Phase::kIdle) return;
  thread_->Move(slot_, phase);
}

void Connection::AwaitWanted(IoResult::Kind wanted) {
  watch_->Await(wanted == IoResult::Kind::kWantWrite ? Readiness::kWrite : Readiness::kRead,
                shared_from_this());
}

void Connection::Receive() {
  std::string& buffer = thread_->read_buffer();
  IoResult read = stream_->Read(buffer.data(), buffer.size());
  switch (read.kind) {
    case IoResult::Kind::kBytes:
      return Consume(std::string_view(buffer.data(), read.bytes));
    case IoResult::Kind::kWantRead:
    case IoResult::Kind::kWantWrite:
      return AwaitWanted(read.kind);
    case IoResult::Kind::kEnd:
    case IoResult::Kind::kError:
      return Close();
  }
}

void Connection::Consume(std::string_view bytes) {
  std::string held = std::exchange(input_, {});
  if (!held.empty()) {
    held.append(bytes);
    bytes = held;
  }
  std::string_view unread = bytes;
  Advance(&unread);
  if (closed_ || unread.empty()) return;
  if (held.empty()) {
    input_ = unread;
  } else {
    held.erase(0, held.size() - unread.size());
    input_ = std::move(held);
  }
}

void Connection::Advance(std::string_view* unread) {
  while (true) {
    if (request_ == nullptr) request_ = thread_->TakeRequest();
    RequestParser::Outcome outcome = parser_.Feed(*unread, request_.get());
    unread->remove_prefix(outcome.consumed);
    switch (outcome.status) {
      case RequestParser::Status::kNeedHead:
        ReleaseRequest();
        if (Flush() == Flow::kGoOn) AwaitBytes(!unread->empty());
        return;
      case RequestParser::Status::kNeedBody:
        if (AwaitBody() == Flow::kWait) return;
        break;
      case RequestParser::Status::kBad:
        unread->remove_prefix(unread->size());
        return FailAndClose(parser_.fault());
      case RequestParser::Status::kDone:
        if (Dispatch() == Flow::kWait) return;
        break;
    }
  }
}

void Connection::AwaitAnswer() {
  SetPhase(Phase::kHandling);
  watch_->Await(Readiness::kRead, shared_from_this());
}

// While an answer is awaited: whether the client is still there. What it sends ahead is kept.
void Connection::ReceiveAhead() {
  std::string& buffer = thread_->read_buffer();
  if (input_.size() >= kAheadBytesMax) return;
  IoResult read = stream_->Read(buffer.data(), buffer.size());
  switch (read.kind) {
    case IoResult::Kind::kBytes:
      input_.append(buffer, 0, read.bytes);
      return watch_->Await(Readiness::kRead, shared_from_this());
    case IoResult::Kind::kWantRead:
    case IoResult::Kind::kWantWrite:
      return AwaitWanted(read.kind);
    case IoResult::Kind::kEnd:
      return SetPhase(Phase::kHungUp);
    case IoResult::Kind::kError:
      return Close();
  }
}

void Connection::AwaitBytes(bool head_begun) {
  // A request that was under way when the server began to stop has had its answer by now.
  if (!head_begun && thread_->shared().stopping.load(std::memory_order_relaxed)) return Close();
  SetPhase(head_begun ? Phase::kHead : Phase::kIdle);
  watch_->Await(Readiness::kRead, shared_from_this());
}

Connection::Flow Connection::AwaitBody() {
  ChargeBody();
  ServerShared& shared = thread_->shared();
  if (shared.bodies_bytes.load(std::memory_order_relaxed) > shared.options.limits.bodies_bytes) {
    FailAndClose({503, ErrorCode::kUnavailable, "Too many request bodies are being received"});
    return Flow::kWait;
  }
  if (parser_.expects_continue() && !continue_sent_) {
    continue_sent_ = true;
    output_ += kContinue;
  }
  if (Flush() == Flow::kWait) return Flow::kWait;
  SetPhase(Phase::kBody);
  watch_->Await(Readiness::kRead, shared_from_this());
  return Flow::kWait;
}

Responder Connection::MakeResponder() {
  ServerShared& shared = thread_->shared();
  return Responder(AnswerSender{weak_from_this(), thread_->mailbox(), thread_->id(), ++sequence_,
                                shared.options.limits.held_answer_bytes, shared.options.spool});
}

Connection::Flow Connection::Dispatch() {
  ChargeBody();
  ServerShared& shared = thread_->shared();
  closes_ = !parser_.keep_alive() || shared.stopping.load(std::memory_order_relaxed);
  is_head_ = request_->method == "HEAD";
  is_safe_ = is_head_ || request_->method == "GET";
  thread_->request_ids().Make(&request_id_);
  request_->request_id = request_id_;
  request_->remote_address = remote_address_;
  awaits_answer_ = true;
  Router::Match match = shared.options.router->Find(request_->method, request_->path);
  if (match.route == nullptr) {
    AnswerUnrouted(match);
  } else {
    request_->path_parameters = std::move(match.path_parameters);
    if (match.route->run_on == RunOn::kIoThread) {
      RunInline(*match.route);
    } else {
      RunInPool(*match.route);
    }
  }
  return AfterDispatch();
}

Connection::Flow Connection::AfterDispatch() {
  if (awaits_answer_) {
    // Answers before this one must not wait for it.
    if (Flush() == Flow::kGoOn) AwaitAnswer();
    return Flow::kWait;
  }
  bool full = joined_ >= thread_->shared().options.limits.pipelined_requests ||
              output_.size() >= kJoinedOutputBytesMax;
  if (!closes_ && !full && output_body_.empty()) return Flow::kGoOn;
  if (Flush() == Flow::kWait) return Flow::kWait;
  if (!closes_) return Flow::kGoOn;
  Linger();
  return Flow::kWait;
}

void Connection::RunInline(const Router::Route& route) {
  in_own_handler_ = true;
  thread_->set_in_handler(true);
  {
    Responder responder = MakeResponder();
    RunGuarded(&thread_->shared(), route, *request_, responder);
  }
  thread_->set_in_handler(false);
  in_own_handler_ = false;
}

void Connection::RunInPool(const Router::Route& route) {
  ServerShared& shared = thread_->shared();
  if (shared.pool_waiting.fetch_add(1) >= shared.options.limits.pool_queue) {
    shared.pool_waiting.fetch_sub(1);
    shared.metrics.pool_refusals->Add();
    return Refuse(503, {ErrorCode::kUnavailable, "The service is busy", {}}, {});
  }
  // The handler may still read its request when the answer is long gone.
  std::shared_ptr<Request> request = std::move(request_);
  const bool is_large = request->body.size() > shared.options.limits.small_body_bytes;
  ThreadPool& pool = is_large ? *shared.large_pool : *shared.pool;
  pool.Post([&shared, &route, request, responder = MakeResponder()] {
    shared.pool_waiting.fetch_sub(1);
    if (shared.drops_waiting.load()) return;
    RunGuarded(&shared, route, *request, responder);
  });
}

void Connection::AnswerUnrouted(const Router::Match& match) {
  if (request_->method == "OPTIONS" && (!match.allowed.empty() || request_->path == "*")) {
    Response response;
    response.status = 204;
    if (!match.allowed.empty()) response.headers.emplace_back("Allow", JoinMethods(match.allowed));
    return Append(std::move(response), {});
  }
  if (match.allowed.empty()) {
    return Refuse(404, {ErrorCode::kNoSuchApi, "The API does not exist", {}}, {});
  }
  Refuse(405, {ErrorCode::kMethodNotAllowed, "The path does not serve this method", {}},
         JoinMethods(match.allowed));
}

void Connection::FailAndClose(const ParseFault& fault) {
  Log(LogLevel::kDebug, "request refused by the transport",
      {{"status", fault.status}, {"error", fault.message}, {"remote", remote_address_}});
  closes_ = true;
  is_head_ = false;
  Refuse(fault.status, {fault.code, std::string(fault.message), {}}, {});
  if (Flush() == Flow::kGoOn) Linger();
}

void Connection::AfterWrite() {
  if (awaits_answer_) return AwaitAnswer();
  if (closes_) return Linger();
  Consume({});
}

void Connection::Linger() {
  // Closing while the client still sends would reset the connection, and with it an answer that the
  // client has not read.
  ReleaseRequest();
  input_ = std::string();
  stream_->EndWrites();
  SetPhase(Phase::kLingering);
  watch_->Await(Readiness::kRead, shared_from_this());
}

void Connection::Discard() {
  std::string& buffer = thread_->read_buffer();
  IoResult read = stream_->Read(buffer.data(), buffer.size());
  discarded_ += read.bytes;
  bool ends = read.kind == IoResult::Kind::kEnd || read.kind == IoResult::Kind::kError;
  if (ends || discarded_ > kDiscardBytesMax) return Close();
  watch_->Await(read.kind == IoResult::Kind::kWantWrite ? Readiness::kWrite : Readiness::kRead,
                shared_from_this());
}

void Connection::ChargeBody() {
  std::size_t bytes = request_->body.empty() ? 0 : request_->body.capacity();
  thread_->shared().bodies_bytes.fetch_add(bytes - charged_, std::memory_order_relaxed);
  charged_ = bytes;
}

void Connection::ReleaseRequest() {
  if (charged_ > 0) thread_->shared().bodies_bytes.fetch_sub(charged_, std::memory_order_relaxed);
  charged_ = 0;
  if (request_ != nullptr) thread_->GiveBack(std::move(request_));
}

}  // namespace sluice::http
