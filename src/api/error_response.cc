#include "api/error_response.h"

#include <algorithm>

#include "base/ascii.h"
#include "base/json.h"
#include "base/log.h"
#include "job/dli_error.h"

namespace sluice::api {

namespace {

constexpr std::string_view kGatewayPrefix = "APIGW.";
constexpr std::string_view kRetryAfterSeconds = "1";
constexpr int kStatusTooManyRequests = 429;
constexpr int kStatusUnavailable = 503;

/// A message may quote what the client sent; the body must be JSON even if that was no UTF-8.
std::string AsUtf8(const std::string& text) {
  if (IsValidUtf8(text)) return text;
  std::string ascii = text;
  std::replace_if(
      ascii.begin(), ascii.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; },
      '?');
  return ascii;
}

std::string EncodeBody(const Error& error, const std::string& request_id) {
  std::string_view code = DliErrorFor(error.code).code;
  std::string message =
      error.message.empty() ? std::string(ErrorCodeName(error.code)) : AsUtf8(error.message);
  std::string body;
  JsonWriter json(&body);
  json.BeginObject();
  json.Key("error_msg").String(message);
  json.Key("error_code").String(code);
  if (code.starts_with(kGatewayPrefix)) json.Key("request_id").String(request_id);
  json.EndObject();
  return body;
}

}  // namespace

http::Response RenderError(const Error& error, const std::string& request_id) {
  return RenderErrorWithStatus(error, DliErrorFor(error.code).http_status, request_id);
}

http::Response RenderErrorWithStatus(const Error& error, int status,
                                     const std::string& request_id) {
  if (status >= 500) {
    LogError(LogLevel::kError, "request failed", error,
             {{"request_id", request_id}, {"status", status}});
  } else {
    LogError(LogLevel::kInfo, "request refused", error,
             {{"request_id", request_id}, {"status", status}});
  }
  http::Response response;
  response.status = status;
  response.body = EncodeBody(error, request_id);
  if (status == kStatusTooManyRequests || status == kStatusUnavailable) {
    response.headers.emplace_back("Retry-After", kRetryAfterSeconds);
  }
  return response;
}

}  // namespace sluice::api
