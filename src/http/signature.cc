#include "http/signature.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/ascii.h"
#include "base/digest.h"

namespace sluice::http {

namespace {

constexpr std::string_view kAlgorithm = "SDK-HMAC-SHA256";
constexpr std::string_view kDateHeader = "x-sdk-date";
constexpr std::string_view kPayloadHeader = "x-sdk-content-sha256";
constexpr std::string_view kUnsignedPayload = "UNSIGNED-PAYLOAD";
constexpr std::int64_t kClockSkewMsMax = 15 * 60 * 1000;
constexpr std::size_t kSignatureDigits = 64;
constexpr std::size_t kSignedHeadersMax = 100;
/// SHA-256 of no bytes: most requests have no body.
constexpr std::string_view kEmptyHash =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// How a client wrote the path into the text it signed.
enum class PathForm {
  kDecoded,  ///< decoded, then encoded: Python, Go
  kAsSent,   ///< what is on the wire, encoded once more: Node, Java
};

/// What a client that signs means by a '+' in the query. Handlers take it for a blank.
enum class PlusSign { kBlank, kItself };

tl::unexpected<Error> Refuse(std::string_view why) {
  return Fail(ErrorCode::kUnauthenticated, "Incorrect IAM authentication information: {}", why);
}

std::string CanonicalPath(std::string_view path, PathForm form) {
  std::string canonical;
  canonical.reserve(path.size() + 16);
  std::string decoded;
  for (std::string_view segment : Split(path, '/')) {
    if (form == PathForm::kDecoded && PercentDecode(segment, &decoded)) segment = decoded;
    canonical += PercentEncode(segment);
    canonical += '/';
  }
  // The loop closed the last segment with a slash; one that was there already is not doubled.
  if (path.ends_with('/')) canonical.pop_back();
  return canonical;
}

std::string CanonicalQuery(std::string_view query, PlusSign plus) {
  std::string escaped;
  if (plus == PlusSign::kItself) {
    for (char c : query) c == '+' ? escaped += "%2B" : escaped += c;
    query = escaped;
  }
  std::string canonical;
  auto pairs = ParseQuery(query);
  std::sort(pairs.begin(), pairs.end());
  for (const auto& [name, value] : pairs) {
    if (!canonical.empty()) canonical += '&';
    canonical += PercentEncode(name);
    canonical += '=';
    canonical += PercentEncode(value);
  }
  return canonical;
}

std::string BodyHash(std::string_view body) {
  return body.empty() ? std::string(kEmptyHash) : Sha256Hex(body);
}

/// All of the canonical request that stands behind the path. kUnauthenticated when a listed header
/// was not sent.
Result<std::string> CanonicalRest(const Request& request, const std::vector<std::string>& headers,
                                  std::string_view payload_hash, PlusSign plus) {
  std::string rest = "\n" + CanonicalQuery(request.query, plus) + "\n";
  std::string list;
  for (const std::string& name : headers) {
    const std::string* value = request.FindHeader(name);
    if (value == nullptr) return Refuse("a signed header was not sent");
    rest += name;
    rest += ':';
    rest += Trim(*value);
    rest += '\n';
    if (!list.empty()) list += ';';
    list += name;
  }
  rest += '\n';
  rest += list;
  rest += '\n';
  rest += payload_hash;
  return rest;
}

std::string Signature(std::string_view secret_key, std::string_view date,
                      std::string_view canonical_request) {
  std::string text;
  text.reserve(kAlgorithm.size() + date.size() + kSignatureDigits + 2);
  text += kAlgorithm;
  text += '\n';
  text += date;
  text += '\n';
  text += Sha256Hex(canonical_request);
  return HexEncode(HmacSha256(secret_key, text));
}

/// The number in text[at, at + count), which are digits.
int Digits(std::string_view text, std::size_t at, std::size_t count) {
  int value = 0;
  for (char c : text.substr(at, count)) value = value * 10 + (c - '0');
  return value;
}

/// Milliseconds since 1970 of YYYYMMDDTHHMMSSZ; absent for other forms and for no day at all.
std::optional<std::int64_t> ParseDate(std::string_view text) {
  constexpr std::string_view kPattern = "ddddddddTddddddZ";
  if (text.size() != kPattern.size()) return std::nullopt;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (kPattern[i] == 'd' ? !IsDigit(text[i]) : text[i] != kPattern[i]) return std::nullopt;
  }
  std::chrono::year_month_day day(std::chrono::year(Digits(text, 0, 4)),
                                  std::chrono::month(static_cast<unsigned>(Digits(text, 4, 2))),
                                  std::chrono::day(static_cast<unsigned>(Digits(text, 6, 2))));
  int hour = Digits(text, 9, 2);
  int minute = Digits(text, 11, 2);
  int second = Digits(text, 13, 2);
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  std::int64_t days = std::chrono::sys_days(day).time_since_epoch().count();
  return (((days * 24 + hour) * 60 + minute) * 60 + second) * 1000;
}

std::string FormatDate(std::int64_t wall_ms) {
  auto seconds = std::chrono::floor<std::chrono::seconds>(
      std::chrono::sys_time<std::chrono::milliseconds>(std::chrono::milliseconds(wall_ms)));
  auto day = std::chrono::floor<std::chrono::days>(seconds);
  std::chrono::year_month_day date(day);
  std::chrono::hh_mm_ss time(seconds - day);
  return fmt::format("{:04}{:02}{:02}T{:02}{:02}{:02}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count());
}

/// The date of the request, proven signed and recent.
Result<std::string_view> CheckedDate(const Request& request, const SignatureParts& parts,
                                     std::int64_t now_wall_ms) {
  const auto& names = parts.signed_headers;
  if (std::find(names.begin(), names.end(), kDateHeader) == names.end()) {
    return Refuse("x-sdk-date must be signed");
  }
  const std::string* header = request.FindHeader(kDateHeader);
  if (header == nullptr) return Refuse("x-sdk-date is missing");
  std::optional<std::int64_t> date_ms = ParseDate(Trim(*header));
  if (!date_ms) return Refuse("x-sdk-date must be written YYYYMMDDTHHMMSSZ");
  if (std::abs(*date_ms - now_wall_ms) > kClockSkewMsMax) {
    return Refuse("x-sdk-date is more than 15 minutes away from the server's time");
  }
  return Trim(*header);
}

/// The payload hash as it was signed: the declared one if it is true, else the body's.
Result<std::string> CheckedPayloadHash(const Request& request) {
  const std::string* declared = request.FindHeader(kPayloadHeader);
  if (declared == nullptr) return BodyHash(request.body);
  std::string value(Trim(*declared));
  if (value != kUnsignedPayload && !EqualsIgnoreCase(value, BodyHash(request.body))) {
    return Refuse("x-sdk-content-sha256 is not the hash of the body");
  }
  return value;
}

bool IsLowerHex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return IsDigit(c) || (c >= 'a' && c <= 'f'); });
}

}  // namespace

Result<SignatureParts> ParseAuthorization(std::string_view value) {
  value = Trim(value);
  if (!value.starts_with(kAlgorithm)) return Refuse("the algorithm must be SDK-HMAC-SHA256");
  value.remove_prefix(kAlgorithm.size());
  if (!value.starts_with(' ')) return Refuse("Authorization is malformed");
  SignatureParts parts;
  std::string_view signed_headers;
  for (std::string_view part : Split(value, ',')) {
    part = Trim(part);
    std::string_view name = part.substr(0, part.find('='));
    std::string_view text = part.substr(std::min(part.size(), name.size() + 1));
    if (name == "Access" && parts.access_key.empty()) {
      parts.access_key = text;
    } else if (name == "SignedHeaders" && signed_headers.empty()) {
      signed_headers = text;
    } else if (name == "Signature" && parts.signature.empty()) {
      parts.signature = text;
    } else {
      return Refuse("Authorization is malformed");
    }
  }
  if (parts.access_key.empty() || signed_headers.empty()) {
    return Refuse("Authorization lacks Access or SignedHeaders");
  }
  if (parts.signature.size() != kSignatureDigits || !IsLowerHex(parts.signature)) {
    return Refuse("Signature must be 64 lower-case hexadecimal digits");
  }
  for (std::string_view name : Split(signed_headers, ';')) {
    if (name.empty() || parts.signed_headers.size() == kSignedHeadersMax) {
      return Refuse("SignedHeaders is malformed");
    }
    parts.signed_headers.push_back(ToLower(name));
  }
  return parts;
}

Result<void> VerifySignature(const Request& request, const SignatureParts& parts,
                             std::string_view secret_key, std::int64_t now_wall_ms) {
  std::string_view date = TRY(CheckedDate(request, parts, now_wall_ms));
  std::string payload_hash = TRY(CheckedPayloadHash(request));
  std::vector<PlusSign> plus_signs = {PlusSign::kBlank};
  if (request.query.find('+') != std::string::npos) plus_signs.push_back(PlusSign::kItself);
  for (PlusSign plus : plus_signs) {
    std::string rest = TRY(CanonicalRest(request, parts.signed_headers, payload_hash, plus));
    std::string tried;
    for (PathForm form : {PathForm::kDecoded, PathForm::kAsSent}) {
      std::string path = CanonicalPath(request.path, form);
      if (path == tried) break;
      std::string expected =
          Signature(secret_key, date, fmt::format("{}\n{}{}", request.method, path, rest));
      if (EqualsConstantTime(expected, parts.signature)) return {};
      tried = std::move(path);
    }
  }
  return Refuse("verify aksk signature fail");
}

void SignRequest(Request* request, std::string_view access_key, std::string_view secret_key,
                 std::int64_t now_wall_ms) {
  std::string date = FormatDate(now_wall_ms);
  request->headers.emplace_back("X-Sdk-Date", date);
  std::vector<std::string> names;
  for (const auto& [name, value] : request->headers) {
    // Proxies drop names with '_', so no client signs them.
    if (name.find('_') == std::string::npos) names.push_back(ToLower(name));
  }
  std::sort(names.begin(), names.end());
  Result<std::string> rest =
      CanonicalRest(*request, names, BodyHash(request->body), PlusSign::kItself);
  std::string canonical =
      request->method + "\n" + CanonicalPath(request->path, PathForm::kDecoded) + *rest;
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "" : ";") + name;
  request->headers.emplace_back(
      "Authorization", fmt::format("{} Access={}, SignedHeaders={}, Signature={}", kAlgorithm,
                                   access_key, list, Signature(secret_key, date, canonical)));
}

}  // namespace sluice::http
