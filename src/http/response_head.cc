#include "http/response_head.h"

#include <fmt/format.h>

#include <array>
#include <chrono>

#include "base/ascii.h"

namespace sluice::http {

namespace {

void AppendValue(std::string_view value, std::string* out) {
  for (char c : value) {
    bool control = static_cast<unsigned char>(c) < 0x20 || c == 0x7F;
    out->push_back(control ? ' ' : c);
  }
}

void AppendNumber(std::uint64_t number, std::string* out) {
  fmt::format_int text(number);
  out->append(text.data(), text.size());
}

/// Headers that the transport writes itself, whatever a handler says.
bool IsTransportHeader(std::string_view name) {
  for (std::string_view own :
       {"x-request-id", "content-length", "content-type", "connection", "date"}) {
    if (EqualsIgnoreCase(name, own)) return true;
  }
  return false;
}

}  // namespace

bool IsBodiless(int status) { return status == 204 || status == 304 || status < 200; }

std::string_view ReasonPhrase(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 503:
      return "Service Unavailable";
    default:
      return "";
  }
}

std::string FormatHttpDate(std::int64_t wall_ms) {
  constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed",
                                                     "Thu", "Fri", "Sat"};
  constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto seconds = std::chrono::floor<std::chrono::seconds>(
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(wall_ms)));
  auto day = std::chrono::floor<std::chrono::days>(seconds);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss time(seconds - day);
  return fmt::format(
      "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT", kDays[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
      time.seconds().count());
}

void AppendResponseHead(const Response& response, const HeadContext& context, std::string* out) {
  *out += "HTTP/1.1 ";
  AppendNumber(static_cast<std::uint64_t>(response.status), out);
  *out += ' ';
  *out += ReasonPhrase(response.status);
  *out += "\r\nDate: ";
  *out += context.date;
  if (!IsBodiless(response.status)) {
    *out += "\r\nContent-Type: ";
    AppendValue(response.content_type, out);
    *out += "\r\nContent-Length: ";
    AppendNumber(response.BodyBytes(), out);
  }
  *out += "\r\nX-Request-Id: ";
  *out += context.request_id;
  if (!context.keep_alive) {
    *out += "\r\nConnection: close";
  } else if (context.is_http_1_0) {
    *out += "\r\nConnection: keep-alive";
  }
  for (const auto& [name, value] : response.headers) {
    if (IsTransportHeader(name)) continue;
    *out += "\r\n";
    *out += name;
    *out += ": ";
    AppendValue(value, out);
  }
  *out += "\r\n\r\n";
}

}  // namespace sluice::http
