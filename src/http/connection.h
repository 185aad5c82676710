#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/io_thread.h"
#include "http/request_parser.h"

namespace sluice::http {

/// One client's connection: reads requests, has them answered one after the other, writes the
/// answers. Belongs to its IoThread. Holds no buffer while it waits for a request.
///
/// A connection waits for one thing at a time: bytes of a request, an answer of a handler, room to
/// write, a piece of an answer's source, or the client's goodbye. While it waits for an answer it
/// also looks whether the client is still there.
///
/// An answer from a source first waits for room in memory (parked, when there is none), then for
/// its first piece, all of that as if its handler had not answered yet: until then it can still
/// become an error. From there on one piece is in memory, and the next one is read when it is gone.
class Connection final : public ReadinessListener, public std::enable_shared_from_this<Connection> {
 public:
  Connection(IoThread* thread, IoThread::SlotRef slot, UniqueFd fd, std::string remote_address);

  /// Begins to read.
  void Start();
  void OnReady() override;
  /// The time of the phase is over.
  void OnDeadline();
  /// The handler of request number `sequence` answered; stale answers are ignored.
  void OnAnswer(std::uint64_t sequence, Response response);
  /// Ends the connection now, without goodbye. Idempotent.
  void Close();

  /// The number of the request that was dispatched last.
  std::uint64_t sequence() const { return sequence_; }
  /// Whether the answer to that request waits for room.
  bool IsParked(std::uint64_t sequence) const;
  /// Takes room for the answer and goes on with it; false when there is none. IsParked only.
  bool TryBeginSource();
  /// Answers 503 instead. IsParked only.
  void RefuseSource();
  /// Whether it holds a small answer that the client does not take.
  bool holds_untaken() const { return untaken_ > 0; }

 private:
  enum class Flow {
    kGoOn,  ///< the next request may be looked at
    kWait,  ///< OnReady, OnAnswer or OnDeadline goes on, or the connection is closed
  };

  void Receive();
  /// Handles what was held back and `bytes`, as far as possible.
  void Consume(std::string_view bytes);
  void Advance(std::string_view* unread);
  void AwaitBytes(bool head_begun);
  void AwaitAnswer();
  void ReceiveAhead();
  Flow AwaitBody();
  Flow Dispatch();
  Flow AfterDispatch();
  void RunInline(const Router::Route& route);
  void RunInPool(const Router::Route& route);
  Responder MakeResponder();
  void AnswerUnrouted(const Router::Match& match);

  /// Puts the answer into the output and goes on.
  void Complete(Response response);
  void ReadPiece();
  void OnPiece(std::uint64_t sequence, Result<std::string> piece);
  void OnSourceFailed(const Error& error);
  void CloseUntaken();
  void ReleaseAnswer();
  bool HasBody(const Response& response) const;
  bool TakeRoomFor(const Response& response);
  /// An error as the API writes it; `allow` goes into the header of that name.
  Response MakeRefusal(int status, const Error& error, std::string allow);
  void Refuse(int status, const Error& error, std::string allow);
  /// Puts the answer of the request under way into the output; `piece` is the first of its source.
  void Append(Response response, std::string piece);
  void FailAndClose(const ParseFault& fault);
  /// Writes what there is to write, and sees that a source goes on.
  Flow Flush();
  Flow WriteOutput();
  void AwaitTaking(IoResult::Kind wanted);
  void ResetOutput();
  void AfterWrite();
  void Linger();
  void Discard();
  void AwaitWanted(IoResult::Kind wanted);
  void SetPhase(Phase phase);
  void ChargeBody();
  void ReleaseRequest();

  IoThread* thread_;
  IoThread::SlotRef slot_;
  std::unique_ptr<Reactor::Watch> watch_;
  std::unique_ptr<Stream> stream_;
  RequestParser parser_;
  std::unique_ptr<Request> request_;  ///< what the parser fills, handlers read
  std::string remote_address_;
  std::string request_id_;              ///< of the request under way, else empty
  std::string input_;                   ///< received and not yet parsed
  std::string output_;                  ///< answers, not yet written from output_done_ on
  std::string output_body_;             ///< a large body or a piece of the source behind output_
  std::unique_ptr<Response> pending_;   ///< an answer before the first piece of its source
  std::shared_ptr<ByteSource> source_;  ///< of the answer that is being sent; it has room
  std::uint64_t source_left_ = 0;       ///< bytes that were not read from it
  std::string piece_;                   ///< memory for its next piece
  std::size_t output_done_ = 0;
  std::size_t progress_ = 0;  ///< bytes written since the time limit began
  std::size_t charged_ = 0;   ///< of ServerShared::bodies_bytes
  std::size_t room_ = 0;      ///< of ServerShared::answers
  std::size_t untaken_ = 0;   ///< of ServerShared::untaken
  std::size_t discarded_ = 0;
  std::size_t joined_ = 0;  ///< answers in output_
  std::uint64_t sequence_ = 0;
  bool awaits_answer_ = false;
  bool in_own_handler_ = false;
  bool is_head_ = false;  ///< the request's method is HEAD
  bool is_safe_ = false;  ///< it is HEAD or GET: asking again does no harm
  bool reads_piece_ = false;
  bool continue_sent_ = false;
  bool closes_ = false;  ///< after the answers that are written now
  bool closed_ = false;
};

}  // namespace sluice::http
