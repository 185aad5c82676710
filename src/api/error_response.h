#pragma once

#include <string>

#include "base/error.h"
#include "http/message.h"

namespace sluice::api {

/// The answer to a request that failed, with the HTTP status of job/dli_error.h. Its body has
/// exactly error_msg and error_code; gateway codes (APIGW.*) carry request_id as well. Logs the
/// error once: ours (5xx) as an error with its detail, the client's as information.
http::Response RenderError(const Error& error, const std::string& request_id);

/// As RenderError with a status that the transport has chosen; fits http::ErrorRenderer.
http::Response RenderErrorWithStatus(const Error& error, int status, const std::string& request_id);

}  // namespace sluice::api
