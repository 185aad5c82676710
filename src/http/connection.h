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
/// write, or the client's goodbye. While it waits for an answer it also looks whether the client is
/// still there.
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

  /// Answers with an error as the API writes it; `allow` goes into the header of that name.
  void Refuse(int status, const Error& error, std::string allow);
  /// Puts the answer of the request under way into the output.
  void Append(Response response);
  void FailAndClose(const ParseFault& fault);
  /// Writes what there is to write.
  Flow Flush();
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
  std::string request_id_;   ///< of the request under way, else empty
  std::string input_;        ///< received and not yet parsed
  std::string output_;       ///< answers, not yet written from output_done_ on
  std::string output_body_;  ///< a large body behind output_
  std::size_t output_done_ = 0;
  std::size_t progress_ = 0;  ///< bytes written since the time limit began
  std::size_t charged_ = 0;   ///< of ServerShared::bodies_bytes
  std::size_t discarded_ = 0;
  std::size_t joined_ = 0;  ///< answers in output_
  std::uint64_t sequence_ = 0;
  bool awaits_answer_ = false;
  bool in_own_handler_ = false;
  bool is_head_ = false;  ///< the request's method is HEAD
  bool continue_sent_ = false;
  bool closes_ = false;  ///< after the answers that are written now
  bool closed_ = false;
};

}  // namespace sluice::http
