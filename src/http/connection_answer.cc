// The half of a connection that answers: room for an answer, its source, and what is to be written.
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "http/connection.h"
#include "http/response_head.h"

namespace sluice::http {

namespace {

/// Bodies up to this size are copied behind their head, so that one buffer is written.
constexpr std::size_t kJoinedBodyBytesMax = 32 * 1024;
/// A slow reader gets its time anew for so many bytes: at least 1 KiB/s at the default limits.
constexpr std::size_t kWriteProgressBytes = 64 * 1024;
static_assert(kWriteProgressBytes <= kSourcePieceBytes, "a piece wins time anew");
constexpr std::size_t kSpareOutputBytesMax = 256 * 1024;
constexpr int kStatusUnavailable = 503;
constexpr const char* kRetryAfterSeconds = "1";

Error NoRoom() { return {ErrorCode::kUnavailable, "Too many long answers are being sent", {}}; }

bool HasHeader(const Response& response, std::string_view name) {
  return std::any_of(response.headers.begin(), response.headers.end(),
                     [&](const auto& header) { return header.first == name; });
}

}  // namespace

void Connection::OnAnswer(std::uint64_t sequence, Response response) {
  if (closed_ || !awaits_answer_ || sequence != sequence_) return;
  bool is_sent_from_source = response.source != nullptr && HasBody(response);
  if (!is_sent_from_source) return Complete(std::move(response));
  pending_ = std::make_unique<Response>(std::move(response));
  // Nobody overtakes those that wait already.
  if (thread_->shared().answers_waiting.load() == 0 && TryBeginSource()) return;
  if (!thread_->Park(shared_from_this())) RefuseSource();
}

void Connection::Complete(Response response) {
  if (in_own_handler_) return Append(std::move(response), {});
  if (thread_->in_handler()) {
    // Called from the handler of another connection: its stack is no place for our next requests.
    thread_->reactor().Post(
        [self = shared_from_this(), sequence = sequence_, answer = std::move(response)]() mutable {
          self->OnAnswer(sequence, std::move(answer));
        });
    return;
  }
  Append(std::move(response), {});
  // While earlier answers are on their way, AfterWrite goes on when they have gone.
  if (slot_->phase == Phase::kWriting) return;
  if (Flush() == Flow::kGoOn) AfterWrite();
}

bool Connection::IsParked(std::uint64_t sequence) const {
  return !closed_ && pending_ != nullptr && source_ == nullptr && sequence == sequence_;
}

bool Connection::TryBeginSource() {
  if (!thread_->shared().answers.TryTake(kSourcePieceBytes)) return false;
  room_ = kSourcePieceBytes;
  source_ = pending_->source;
  source_left_ = source_->size();
  ReadPiece();
  return true;
}

void Connection::RefuseSource() {
  thread_->shared().reader.Discard(std::exchange(pending_->source, nullptr));
  pending_.reset();
  thread_->shared().metrics.answer_refusals->Add();
  Complete(MakeRefusal(kStatusUnavailable, NoRoom(), {}));
}

void Connection::ReadPiece() {
  reads_piece_ = true;
  auto bytes = static_cast<std::size_t>(std::min<std::uint64_t>(source_left_, kSourcePieceBytes));
  thread_->shared().reader.Read(source_, bytes, std::exchange(piece_, {}),
                                [to = weak_from_this(), mailbox = thread_->mailbox(),
                                 number = sequence_](Result<std::string> piece) {
                                  mailbox->Post([to, number, read = std::move(piece)]() mutable {
                                    if (auto alive = to.lock())
                                      alive->OnPiece(number, std::move(read));
                                  });
                                });
}

void Connection::OnPiece(std::uint64_t sequence, Result<std::string> piece) {
  if (closed_ || sequence != sequence_ || !reads_piece_) return;
  reads_piece_ = false;
  if (!piece) return OnSourceFailed(piece.error());
  source_left_ -= piece->size();
  if (pending_ == nullptr) {
    output_body_ = *std::move(piece);
  } else {
    std::unique_ptr<Response> response = std::move(pending_);
    Append(*std::move(response), *std::move(piece));
    if (slot_->phase == Phase::kWriting) return;  // OnReady goes on, as in Complete
  }
  if (Flush() == Flow::kGoOn) AfterWrite();
}

void Connection::OnSourceFailed(const Error& error) {
  if (pending_ != nullptr) {
    // Nothing was sent yet: it is an error like any other.
    ReleaseAnswer();
    return Complete(MakeRefusal(500, error, {}));
  }
  thread_->shared().metrics.answers_broken->Add();
  LogError(LogLevel::kError, "an answer was cut off", error, {{"remote", remote_address_}});
  // Its length was promised: the client sees that bytes are missing.
  Close();
}

void Connection::CloseUntaken() {
  ServerShared& shared = thread_->shared();
  if (reads_piece_) {
    shared.metrics.answers_broken->Add();
    Log(LogLevel::kError, "an answer was cut off: its source does not answer",
        {{"remote", remote_address_}});
  } else {
    shared.metrics.answers_untaken->Add();
  }
  Close();
}

void Connection::ReleaseAnswer() {
  ServerShared& shared = thread_->shared();
  if (pending_ != nullptr) shared.reader.Discard(std::exchange(pending_->source, nullptr));
  pending_.reset();
  if (source_ != nullptr) shared.reader.Discard(std::move(source_));
  source_ = nullptr;
  piece_ = std::string();
  if (room_ > 0) shared.answers.GiveBack(std::exchange(room_, 0));
  if (untaken_ > 0) shared.untaken.GiveBack(std::exchange(untaken_, 0));
}

bool Connection::HasBody(const Response& response) const {
  return !is_head_ && !IsBodiless(response.status);
}

Response Connection::MakeRefusal(int status, const Error& error, std::string allow) {
  if (request_id_.empty()) thread_->request_ids().Make(&request_id_);
  Response response = thread_->shared().options.render_error(error, status, request_id_);
  response.status = status;
  if (!allow.empty()) response.headers.emplace_back("Allow", std::move(allow));
  if (status == kStatusUnavailable && !HasHeader(response, "Retry-After")) {
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
  return response;
}

void Connection::Refuse(int status, const Error& error, std::string allow) {
  Append(MakeRefusal(status, error, std::move(allow)), {});
}

/// Whether a long body in memory may be sent. What follows an effect is: its client must know.
bool Connection::TakeRoomFor(const Response& response) {
  ServerShared& shared = thread_->shared();
  std::size_t bytes = response.body.size();
  if (bytes <= shared.options.limits.held_answer_bytes || !HasBody(response)) return true;
  if (is_safe_) {
    if (!shared.answers.TryTake(bytes)) return false;
  } else {
    shared.answers.Take(bytes);
  }
  room_ = bytes;
  return true;
}

void Connection::Append(Response response, std::string piece) {
  ServerShared& shared = thread_->shared();
  if (response.status == Responder::kUnanswered) {
    return Refuse(500, {ErrorCode::kInternal, "The server could not answer the request", {}}, {});
  }
  if (!TakeRoomFor(response)) {
    shared.metrics.answer_refusals->Add();
    return Refuse(kStatusUnavailable, NoRoom(), {});
  }
  if (output_.capacity() < thread_->spare_output().capacity() && output_.empty()) {
    output_.swap(thread_->spare_output());
  }
  if (shared.stopping.load(std::memory_order_relaxed)) closes_ = true;
  HeadContext head{request_id_, thread_->date(), !closes_, parser_.is_http_1_0()};
  AppendResponseHead(response, head, &output_);
  if (source_ != nullptr) {
    output_body_ = std::move(piece);
  } else if (response.source != nullptr) {
    shared.reader.Discard(std::move(response.source));  // the answer to a HEAD
  } else if (HasBody(response)) {
    if (response.body.size() <= kJoinedBodyBytesMax) {
      output_ += response.body;
    } else {
      output_body_ = std::move(response.body);
    }
  }
  auto& counters = shared.metrics.responses_by_class;
  auto code_class = static_cast<std::size_t>(response.status) / 100;
  counters[std::min(code_class, counters.size() - 1)]->Add();
  ++joined_;
  // The request itself stays: its handler may still be reading it.
  awaits_answer_ = false;
  continue_sent_ = false;
  request_id_.clear();
  parser_.Reset();
}

Connection::Flow Connection::Flush() {
  if (WriteOutput() == Flow::kWait) return Flow::kWait;
  bool is_in_source = source_ != nullptr && pending_ == nullptr;
  if (!is_in_source) return Flow::kGoOn;
  if (reads_piece_) return Flow::kWait;
  if (source_left_ == 0) {
    ReleaseAnswer();
    return Flow::kGoOn;
  }
  thread_->Move(slot_, Phase::kWriting);
  ReadPiece();
  return Flow::kWait;
}

Connection::Flow Connection::WriteOutput() {
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
        AwaitTaking(written.kind);
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

void Connection::AwaitTaking(IoResult::Kind wanted) {
  if (progress_ >= kWriteProgressBytes || slot_->phase != Phase::kWriting) {
    progress_ = 0;
    thread_->Move(slot_, Phase::kWriting);
  }
  std::size_t bytes = output_.capacity() + (room_ == 0 ? output_body_.capacity() : 0);
  if (bytes > untaken_) {
    bool has_room = thread_->shared().untaken.Take(bytes - std::exchange(untaken_, bytes));
    if (!has_room) thread_->CloseLongestUntaken();
    if (closed_) return;
  }
  AwaitWanted(wanted);
}

void Connection::ResetOutput() {
  output_.clear();
  std::string& spare = thread_->spare_output();
  if (output_.capacity() > spare.capacity() && output_.capacity() <= kSpareOutputBytesMax) {
    output_.swap(spare);
  }
  output_.shrink_to_fit();
  if (source_ != nullptr) {
    piece_ = std::exchange(output_body_, {});
  } else {
    output_body_ = std::string();
    if (room_ > 0) thread_->shared().answers.GiveBack(std::exchange(room_, 0));
  }
  if (untaken_ > 0) thread_->shared().untaken.GiveBack(std::exchange(untaken_, 0));
  output_done_ = 0;
  progress_ = 0;
  joined_ = 0;
}

}  // namespace sluice::http
