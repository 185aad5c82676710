#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace sluice::http {

/// What a response's head says beside the response itself.
struct HeadContext {
  std::string_view request_id;
  std::string_view date;  ///< IMF-fixdate
  bool keep_alive = true;
  bool is_http_1_0 = false;
};

/// Appends status line and headers with the empty line. Content-Length is that of the body, which
/// the caller appends unless the request was a HEAD. Control characters in header values become
/// blanks, so no value can start a header of its own.
void AppendResponseHead(const Response& response, const HeadContext& context, std::string* out);

/// Whether the status allows no body at all.
bool IsBodiless(int status);

/// Reason phrase of a status, empty for unknown ones.
std::string_view ReasonPhrase(int status);

/// IMF-fixdate of a moment: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string FormatHttpDate(std::int64_t wall_ms);

}  // namespace sluice::http
