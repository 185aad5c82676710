#include "http/connection.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/log.h"
#include "http/response_head.h"

namespace sluice::http {

namespace {

/// Bodies up to this size are copied behind their head, so that one buffer is written.
constexpr std::size_t kJoinedBodyBytesMax = 32 * 1024;
/// A slow reader gets its time anew for so many bytes: at least 1 KiB/s at the default limits.
constexpr std::size_t kWriteProgressBytes = 64 * 1024;
/// What a client may still send after an answer that refused its request.
constexpr std::size_t kDiscardBytesMax = 64u << 20u;
constexpr std::size_t kSpareOutputBytesMax = 256 * 1024;
/// Of later requests no more is read once so much is held; the rest stays in the socket.
constexpr std::size_t kAheadBytesMax = 16 * 1024;
constexpr const char* kRetryAfterSeconds = "1";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

/// Brings an answer to its connection's thread. Outlives both.
struct AnswerSender {
  std::weak_ptr<Connection> connection;
  std::shared_ptr<Mailbox> mailbox;
  std::thread::id thread;
  std::uint64_t sequence;

  void operator()(Response response) const {
    if (std::this_thread::get_id() == thread) {
      if (auto alive = connection.lock()) alive->OnAnswer(sequence, std::move(response));
      return;
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
    default:
      return Close();
  }
}

void Connection::Close() {
  if (closed_) return;
  closed_ = true;
  awaits_answer_ = false;
  ReleaseRequest();
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
  return Responder(AnswerSender{weak_from_this(), thread_->mailbox(), thread_->id(), ++sequence_});
}

Connection::Flow Connection::Dispatch() {
  ChargeBody();
  ServerShared& shared = thread_->shared();
  closes_ = !parser_.keep_alive() || shared.stopping.load(std::memory_order_relaxed);
  is_head_ = request_->method == "HEAD";
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
  bool full = joined_ >= thread_->shared().options.limits.pipelined_requests;
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
  shared.pool->Post([&shared, &route, request, responder = MakeResponder()] {
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
    return Append(std::move(response));
  }
  if (match.allowed.empty()) {
    return Refuse(404, {ErrorCode::kNoSuchApi, "The API does not exist", {}}, {});
  }
  Refuse(405, {ErrorCode::kMethodNotAllowed, "The path does not serve this method", {}},
         JoinMethods(match.allowed));
}

void Connection::OnAnswer(std::uint64_t sequence, Response response) {
  if (closed_ || !awaits_answer_ || sequence != sequence_) return;
  if (in_own_handler_) return Append(std::move(response));
  if (thread_->in_handler()) {
    // Called from the handler of another connection: its stack is no place for our next requests.
    thread_->reactor().Post(
        [self = shared_from_this(), sequence, answer = std::move(response)]() mutable {
          self->OnAnswer(sequence, std::move(answer));
        });
    return;
  }
  Append(std::move(response));
  // While earlier answers are on their way, AfterWrite goes on when they have gone.
  if (slot_->phase == Phase::kWriting) return;
  if (Flush() == Flow::kGoOn) AfterWrite();
}

void Connection::Refuse(int status, const Error& error, std::string allow) {
  if (request_id_.empty()) thread_->request_ids().Make(&request_id_);
  Response response = thread_->shared().options.render_error(error, status, request_id_);
  response.status = status;
  if (!allow.empty()) response.headers.emplace_back("Allow", std::move(allow));
  if (status == 503) response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  Append(std::move(response));
}

void Connection::Append(Response response) {
  if (response.status == Responder::kUnanswered) {
    return Refuse(500, {ErrorCode::kInternal, "The server could not answer the request", {}}, {});
  }
  if (output_.capacity() < thread_->spare_output().capacity() && output_.empty()) {
    output_.swap(thread_->spare_output());
  }
  if (thread_->shared().stopping.load(std::memory_order_relaxed)) closes_ = true;
  HeadContext head{request_id_, thread_->date(), !closes_, parser_.is_http_1_0()};
  AppendResponseHead(response, head, &output_);
  if (!is_head_ && !IsBodiless(response.status)) {
    if (response.body.size() <= kJoinedBodyBytesMax) {
      output_ += response.body;
    } else {
      output_body_ = std::move(response.body);
    }
  }
  auto& counters = thread_->shared().metrics.responses_by_class;
  auto code_class = static_cast<std::size_t>(response.status) / 100;
  counters[std::min(code_class, counters.size() - 1)]->Add();
  ++joined_;
  // The request itself stays: its handler may still be reading it.
  awaits_answer_ = false;
  continue_sent_ = false;
  request_id_.clear();
  parser_.Reset();
}

void Connection::FailAndClose(const ParseFault& fault) {
  Log(LogLevel::kDebug, "request refused by the transport",
      {{"status", fault.status}, {"error", fault.message}, {"remote", remote_address_}});
  closes_ = true;
  is_head_ = false;
  Refuse(fault.status, {fault.code, std::string(fault.message), {}}, {});
  if (Flush() == Flow::kGoOn) Linger();
}

Connection::Flow Connection::Flush() {
  std::size_t total = output_.size() + output_body_.size();
  while (output_done_ < total) {
    std::string_view head =
        std::string_view(output_).substr(std::min(output_done_, output_.size()));
    std::string_view body = output_body_;
    if (output_done_ > output_.size()) body.remove_prefix(output_done_ - output_.size());
    IoResult written = stream_->Write(head, body);
    switch (written.kind) {
      case IoResult::Kind::kBytes:
        output_done_ += written.bytes;
        progress_ += written.bytes;
        break;
      case IoResult::Kind::kWantRead:
      case IoResult::Kind::kWantWrite:
        if (progress_ >= kWriteProgressBytes || slot_->phase != Phase::kWriting) {
          progress_ = 0;
          thread_->Move(slot_, Phase::kWriting);
        }
        AwaitWanted(written.kind);
        return Flow::kWait;
      case IoResult::Kind::kEnd:
      case IoResult::Kind::kError:
        Close();
        return Flow::kWait;
    }
  }
  if (total > 0) ResetOutput();
  return Flow::kGoOn;
}

void Connection::ResetOutput() {
  output_.clear();
  std::string& spare = thread_->spare_output();
  if (output_.capacity() > spare.capacity() && output_.capacity() <= kSpareOutputBytesMax) {
    output_.swap(spare);
  }
  output_.shrink_to_fit();
  output_body_ = std::string();
  output_done_ = 0;
  progress_ = 0;
  joined_ = 0;
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
