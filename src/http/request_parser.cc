#include "http/request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <string>
#include <utility>

#include "base/ascii.h"

namespace sluice::http {

namespace beast = boost::beast;

namespace {

/// A chunk's size line with its extensions, or all trailers.
constexpr std::size_t kChunkHeadBytesMax = 16 * 1024;
/// The end of every chunked body: "0", CR LF, CR LF.
constexpr std::size_t kChunkedRestBytesMin = 5;
/// Grows a body in steps, however much the client says it will send.
constexpr std::size_t kBodyReserveMax = 64 * 1024;

bool IsHexDigit(char c) { return IsDigit(c) || (ToLower(c) >= 'a' && ToLower(c) <= 'f'); }

std::string_view View(beast::string_view text) { return {text.data(), text.size()}; }

/// Assigns to the next header of the list; objects and their memory are used again.
class HeaderAppender {
 public:
  explicit HeaderAppender(Request* request) : headers_(request->headers) {}

  void Append(std::string_view name, std::string_view value) {
    if (size_ == headers_.size()) headers_.emplace_back();
    headers_[size_].first = name;
    headers_[size_].second = value;
    ++size_;
  }
  void Finish() { headers_.resize(size_); }
  std::size_t size() const { return size_; }

 private:
  std::vector<std::pair<std::string, std::string>>& headers_;
  std::size_t size_ = 0;
};

/// Splits the target of a request line into path and query. False for forms that are no path.
bool SplitTarget(std::string_view target, Request* request) {
  if (target == "*") {
    request->path = target;
    request->query.clear();
    return request->method == "OPTIONS";
  }
  for (std::string_view scheme : {"http://", "https://"}) {
    if (target.size() < scheme.size() ||
        !EqualsIgnoreCase(target.substr(0, scheme.size()), scheme)) {
      continue;
    }
    std::size_t path = target.find_first_of("/?", scheme.size());
    if (path == std::string_view::npos || target[path] == '?') return false;
    target.remove_prefix(path);
  }
  if (!target.starts_with('/') || target.find('#') != std::string_view::npos) return false;
  std::size_t mark = target.find('?');
  request->path = target.substr(0, mark);
  request->query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  return true;
}

}  // namespace

/// Beast's grammar of HTTP/1, writing straight into a Request.
class RequestParser::Grammar final : public beast::http::basic_parser<true> {
 public:
  explicit Grammar(Request* request) : request_(request), headers_(request) {
    request->body.clear();
    request->path_parameters.clear();
  }

  int version() const { return version_; }

 private:
  using ErrorOut = beast::error_code;

  void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target,
                       int version, ErrorOut&) override {
    request_->method = View(method);
    request_->target = View(target);
    version_ = version;
  }
  void on_response_impl(int, beast::string_view, int, ErrorOut&) override {}
  void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                     ErrorOut&) override {
    // Trailers come here too; nothing of ours reads them, so they stop no later check.
    if (!is_header_done()) headers_.Append(View(name), View(value));
  }
  void on_header_impl(ErrorOut&) override { headers_.Finish(); }
  void on_body_init_impl(const boost::optional<std::uint64_t>& length, ErrorOut&) override {
    if (length) request_->body.reserve(std::min<std::uint64_t>(*length, kBodyReserveMax));
  }
  std::size_t on_body_impl(beast::string_view body, ErrorOut&) override {
    request_->body.append(body.data(), body.size());
    return body.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, ErrorOut&) override {}
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, ErrorOut&) override {
    request_->body.append(body.data(), body.size());
    return body.size();
  }
  void on_finish_impl(ErrorOut&) override {}

  Request* request_;
  HeaderAppender headers_;
  int version_ = 11;
};

RequestParser::RequestParser(const Limits& limits) : limits_(limits) {}
RequestParser::~RequestParser() = default;

void RequestParser::Reset() {
  grammar_.reset();
  skipped_ = scanned_ = lines_ = 0;
  head_done_ = false;
}

RequestParser::Outcome RequestParser::Feed(std::string_view bytes, Request* request) {
  if (head_done_) return ReadBody(bytes);
  if (skipped_ == 0 && bytes.starts_with("\r\n")) {
    // RFC 9112, 2.2: one empty line before the request line is an old client's slip.
    skipped_ = 2;
    Outcome outcome = Feed(bytes.substr(2), request);
    outcome.consumed += 2;
    return outcome;
  }
  if (skipped_ == 0 && bytes == "\r") return {Status::kNeedHead, 0};
  Status status = ScanHead(bytes);
  if (status != Status::kNeedBody) return {status, 0};
  std::size_t head_size = scanned_;
  status = ReadHead(bytes.substr(0, head_size), request);
  if (status != Status::kNeedBody) return {status, head_size};
  head_done_ = true;
  Outcome body = ReadBody(bytes.substr(head_size));
  body.consumed += head_size;
  return body;
}

/// kNeedBody: the head ends at scanned_.
RequestParser::Status RequestParser::ScanHead(std::string_view bytes) {
  while (true) {
    std::size_t end = bytes.find('\n', scanned_);
    bool complete = end != std::string_view::npos;
    if ((complete ? end + 1 : bytes.size()) > limits_.head_bytes) {
      return Refuse(431, ErrorCode::kTooLarge, "The request head is too large");
    }
    std::string_view line = bytes.substr(scanned_, complete ? end + 1 - scanned_ : end);
    if (!complete) {
      // What is not HTTP at all should not have to wait for a line's end that never comes.
      if (lines_ == 0 && !line.empty() && (line.front() <= ' ' || line.front() == 0x7F)) {
        return Refuse(400, ErrorCode::kInvalidArgument, "The request line is malformed");
      }
      return Status::kNeedHead;
    }
    Status status = CheckLine(line);
    if (status == Status::kBad) return status;
    scanned_ = end + 1;
    ++lines_;
    if (status == Status::kNeedBody) return status;
  }
}

/// kNeedBody: the line is the empty one that ends the head.
RequestParser::Status RequestParser::CheckLine(std::string_view line) {
  if (line.size() < 2 || line[line.size() - 2] != '\r') {
    return Refuse(400, ErrorCode::kInvalidArgument, "A line of the request ends without CR LF");
  }
  line.remove_suffix(2);
  if (line.empty()) {
    if (lines_ > 0) return Status::kNeedBody;
    return Refuse(400, ErrorCode::kInvalidArgument, "The request line is missing");
  }
  if (line.front() == ' ' || line.front() == '\t') {
    return Refuse(400, ErrorCode::kInvalidArgument, "A line of the request begins with a blank");
  }
  for (char c : line) {
    bool control = static_cast<unsigned char>(c) < 0x20 && c != '\t';
    if (control || c == 0x7F) {
      return Refuse(400, ErrorCode::kInvalidArgument, "The request head has a control character");
    }
  }
  if (lines_ > limits_.header_count) {
    return Refuse(431, ErrorCode::kTooLarge, "The request has too many headers");
  }
  return Status::kNeedHead;
}

RequestParser::Status RequestParser::ReadHead(std::string_view head, Request* request) {
  grammar_ = std::make_unique<Grammar>(request);
  grammar_->header_limit(static_cast<std::uint32_t>(head.size() + 1));
  grammar_->body_limit(std::uint64_t{limits_.body_bytes});
  beast::error_code error;
  grammar_->put(boost::asio::const_buffer(head.data(), head.size()), error);
  if (error == beast::http::error::body_limit) {
    return Refuse(413, ErrorCode::kTooLarge, "The request body is too large");
  }
  if (error == beast::http::error::bad_version) {
    return Refuse(400, ErrorCode::kInvalidArgument, "The HTTP version is not supported");
  }
  // The head is whole, so asking for more of it means that it is malformed.
  if (error || !grammar_->is_header_done()) {
    return Refuse(400, ErrorCode::kInvalidArgument, "The request head is malformed");
  }
  return CheckHead(request);
}

RequestParser::Status RequestParser::CheckHead(Request* request) {
  constexpr ErrorCode kInvalid = ErrorCode::kInvalidArgument;
  is_http_1_0_ = grammar_->version() == 10;
  keep_alive_ = grammar_->keep_alive();
  expects_continue_ = false;
  int hosts = 0;
  int codings = 0;
  int lengths = 0;
  for (const auto& [name, value] : request->headers) {
    if (EqualsIgnoreCase(name, "host")) ++hosts;
    if (EqualsIgnoreCase(name, "content-length")) {
      ++lengths;
      if (!std::all_of(value.begin(), value.end(), IsDigit)) {
        return Refuse(400, kInvalid, "Content-Length is malformed");
      }
    }
    if (EqualsIgnoreCase(name, "transfer-encoding")) {
      ++codings;
      if (!EqualsIgnoreCase(value, "chunked")) {
        return Refuse(400, kInvalid, "The only transfer coding served is chunked");
      }
    }
    if (EqualsIgnoreCase(name, "expect") && !is_http_1_0_) {
      if (!EqualsIgnoreCase(value, "100-continue")) {
        return Refuse(417, kInvalid, "The only expectation served is 100-continue");
      }
      expects_continue_ = true;
    }
  }
  is_chunked_ = codings > 0;
  is_first_chunk_ = true;
  if (lengths + codings > 1 || (codings > 0 && is_http_1_0_)) {
    return Refuse(400, kInvalid, "The length of the request body is ambiguous");
  }
  if (hosts > 1 || (hosts == 0 && !is_http_1_0_)) {
    return Refuse(400, kInvalid, "A request has exactly one Host header");
  }
  if (!SplitTarget(request->target, request)) {
    return Refuse(400, kInvalid, "The request target is malformed");
  }
  return Status::kNeedBody;
}

RequestParser::Outcome RequestParser::ReadBody(std::string_view bytes) {
  std::size_t consumed = 0;
  while (!grammar_->is_done()) {
    std::string_view rest = bytes.substr(consumed);
    if (is_chunked_ && is_first_chunk_ && !rest.empty() && !IsHexDigit(rest.front())) {
      return {Refuse(400, ErrorCode::kInvalidArgument, "A chunk is malformed"), consumed};
    }
    // Beast asserts that much once it has seen the last chunk; every valid rest has it.
    if (rest.empty() || (is_chunked_ && rest.size() < kChunkedRestBytesMin)) {
      return {Status::kNeedBody, consumed};
    }
    beast::error_code error;
    std::size_t used = grammar_->put(boost::asio::const_buffer(rest.data(), rest.size()), error);
    consumed += used;
    if (used > 0) is_first_chunk_ = false;
    if (error == beast::http::error::need_more) {
      return {CheckChunkHead(rest.substr(used)), consumed};
    }
    if (error == beast::http::error::body_limit) {
      return {Refuse(413, ErrorCode::kTooLarge, "The request body is too large"), consumed};
    }
    if (error) return {Refuse(400, ErrorCode::kInvalidArgument, "A chunk is malformed"), consumed};
  }
  return {Status::kDone, consumed};
}

/// Beast waits for a CR, so a chunk's head that ends in a bare LF would wait until the time is
/// over.
RequestParser::Status RequestParser::CheckChunkHead(std::string_view pending) {
  if (pending.size() > kChunkHeadBytesMax) {
    return Refuse(400, ErrorCode::kInvalidArgument, "A chunk's head is too large");
  }
  for (std::size_t at = pending.find('\n'); at != std::string_view::npos;
       at = pending.find('\n', at + 1)) {
    if (at == 0 || pending[at - 1] != '\r') {
      return Refuse(400, ErrorCode::kInvalidArgument, "A chunk's line ends without CR LF");
    }
  }
  return Status::kNeedBody;
}

RequestParser::Status RequestParser::Refuse(int status, ErrorCode code, std::string_view message) {
  fault_ = ParseFault{status, code, message};
  return Status::kBad;
}

}  // namespace sluice::http
