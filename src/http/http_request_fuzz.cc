#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"
#include "http/request_parser.h"

namespace {

using sluice::http::Limits;
using sluice::http::Request;
using sluice::http::RequestParser;

/// Feeds the text in pieces of `step` bytes, as the server does, and describes what was read.
std::string Describe(std::string_view text, std::size_t step) {
  Limits limits;
  limits.head_bytes = 2'048;
  limits.body_bytes = 2'048;
  RequestParser parser(limits);
  Request request;
  std::string seen;
  std::string pending;
  while (true) {
    RequestParser::Outcome outcome = parser.Feed(pending, &request);
    CHECK_LE(outcome.consumed, pending.size());
    pending.erase(0, outcome.consumed);
    if (outcome.status == RequestParser::Status::kBad) return seen + "bad";
    if (outcome.status == RequestParser::Status::kDone) {
      CHECK(request.path == "*" || request.path.starts_with('/'));
      CHECK_LE(request.body.size(), limits.body_bytes);
      seen +=
          request.method + " " + request.path + "?" + request.query + "\n" + request.body + "\n";
      parser.Reset();
      continue;
    }
    if (text.empty()) return seen;
    pending.append(text.substr(0, step));
    text.remove_prefix(std::min(step, text.size()));
  }
}

}  // namespace

/// However the bytes are cut, the same requests must come out: what differs could be smuggled.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::string bytewise = Describe(text, 1);
  CHECK_EQ(Describe(text, 7), bytewise);
  CHECK_EQ(Describe(text, std::max<std::size_t>(size, 1)), bytewise);
  return 0;
}
